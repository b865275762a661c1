"""The list of rotations, and the interrupted ones for the page of operations."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain import Role
from wizard.models import Rotation
from wizard.services import rotations
from wizard.views.rotations.starting import rotation_url
from wizard.views.rotations.texts import upstream_name
from wizard.views.tables import listing_of
from wizard.web import ConsoleRequest, at_account, permitted_targets


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationRow:
    """A row of the list."""

    rotation: Rotation
    upstream: str
    url: str

    @property
    def state(self) -> str:
        if self.rotation.is_interrupted:
            return _("Interrupted")
        return _("In progress") if self.rotation.is_running else _("Ended")


@require_safe
@at_account
def rotation_list(request: ConsoleRequest) -> HttpResponse:
    """List the newest rotations."""
    regions = [target.region for target in permitted_targets(request, Role.VIEWER)]
    found = rotations.newest_rotations(account_id=request.account_id, regions=regions)
    rows = [
        RotationRow(
            rotation=each,
            upstream=upstream_name(each.upstream, account_id=each.account_id),
            url=rotation_url(each),
        )
        for each in found
    ]
    listing = listing_of(request, rows, table="rotations", searched=_searched)
    return render(request, "rotations/list.html", {"listing": listing})


def _searched(row: RotationRow) -> tuple[str, ...]:
    return row.upstream, str(row.rotation.actor), row.state


def interrupted_rotations(account_id: str, regions: Collection[str]) -> list[dict[str, Any]]:
    """Return the rotations whose process died, with a secret in these Regions."""
    return [
        {
            "rotation": each,
            "name": upstream_name(each.upstream, account_id=account_id) or str(each.pk),
            "url": rotation_url(each),
        }
        for each in rotations.unsettled_rotations(account_id=account_id, regions=regions)
    ]
