"""What is chosen from for a rotation: upstream registries, and the secrets of one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from wizard.domain import Target
from wizard.domain.errors import AwsError
from wizard.services import places, rotations
from wizard.services.rotations import Candidate, Inventory, Upstream
from wizard.views.rotations.texts import LEFT_OUT, upstream_name
from wizard.views.tables import Listing, cut_listing, listing_of
from wizard.web import ConsoleRequest
from wizard.words import Text, error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A secret in the plan."""

    candidate: Candidate
    region: str
    others: str
    reason: Text
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRow:
    """An upstream registry to choose."""

    found: Upstream
    name: str
    url: str


def plan_row(candidate: Candidate, request: ConsoleRequest, is_chosen: bool) -> PlanRow:
    names = [upstream_name(host, account_id=request.account_id) for host in candidate.others]
    return PlanRow(
        candidate=candidate,
        region=places.region_label(candidate.target.region),
        others=", ".join(names),
        reason=LEFT_OUT[candidate.left_out] if candidate.left_out else "",
        is_chosen=is_chosen,
    )


def candidates_listing(
    request: ConsoleRequest, possible: Iterable[Candidate], chosen: Collection[str]
) -> Listing[PlanRow]:
    """Return the secrets that can be changed, all on one page."""
    rows = [plan_row(each, request, each.key in chosen) for each in possible]
    return cut_listing(request, rows, table="candidates", pages=None, sorts=False)


def upstreams_listing(request: ConsoleRequest, inventory: Inventory) -> Listing[UpstreamRow]:
    """Return a page of the upstream registries that have secrets."""
    rows = [
        UpstreamRow(
            found=each,
            name=upstream_name(each.host, account_id=request.account_id),
            url=f"{request.path}?{urlencode({'upstream': each.host})}",
        )
        for each in rotations.upstreams_of(inventory)
    ]
    return listing_of(request, rows, table="upstreams", searched=lambda row: [row.name])


def unread_regions(unread: Mapping[Target, AwsError]) -> list[dict[str, Any]]:
    """Return the Regions that could not be read, with the reason."""
    return [
        {"region": places.region_label(target.region), "error": error_view(error)}
        for target, error in unread.items()
    ]
