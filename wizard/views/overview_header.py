"""The head of the all-Regions page: its filter, its groups, and where Add rule can begin."""

from typing import Any

from django.utils.translation import gettext as _

from wizard.domain import Region, Role, Target
from wizard.services import places
from wizard.views.downloads import rule_downloads
from wizard.views.overview_closed import SHOWN, ClosedFold
from wizard.views.rows import RuleQuery
from wizard.views.rule_filters import rule_filters
from wizard.views.table_filters import Filter, options
from wizard.web import ConsoleRequest, place_url, recent_regions, regions_of

BY_REGION, BY_REGISTRY, FLAT, MATRIX = "region", "registry", "none", "matrix"


def group_of(request: ConsoleRequest) -> str:
    """Return how the rules are grouped; unknown values are the default."""
    asked = request.GET.get("group", BY_REGION)
    return asked if asked in _groups() else BY_REGION


def header_of(
    request: ConsoleRequest, query: RuleQuery, group: str, fold: ClosedFold
) -> dict[str, Any]:
    """Return the context of the head of the page."""
    regions = sorted([*regions_of(request, Role.VIEWER), *fold.shown_regions])
    groups = Filter(name="group", label=_("Group"), options=options(_groups().items(), group))
    begun_in = regions_to_begin_in(request)
    return {
        "import_url": _url("rule-import", request, begun_in[0]) if begun_in else "",
        "query": query,
        "kept": [(SHOWN, "1")] if fold.is_shown else [],
        "filters": rule_filters(query, regions=regions, further=[groups]),
        "downloads": rule_downloads(is_of_one_region=bool(query.region)),
        "add_rule_regions": [
            (region, _url("draft-create", request, region)) for region in begun_in
        ],
    }


def regions_to_begin_in(request: ConsoleRequest) -> list[Region]:
    """Return the Regions where the person may add a rule: those shown last, boto3's own, others."""
    first = dict.fromkeys([*recent_regions(request), places.home_region()])
    rank = {code: number for number, code in enumerate(first)}
    regions = regions_of(request, Role.OPERATOR)
    return sorted(regions, key=lambda region: rank.get(region.code, len(rank)))


def _url(name: str, request: ConsoleRequest, region: Region) -> str:
    return place_url(name, Target(account_id=request.account_id, region=region.code))


def _groups() -> dict[str, str]:
    """How the rules can be grouped, in words."""
    return {
        BY_REGION: _("By Region"),
        BY_REGISTRY: _("By registry"),
        FLAT: _("All in one table"),
        MATRIX: _("Matrix"),
    }
