"""The list of rotations, and the interrupted ones for the page of operations."""

from collections.abc import Collection
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain import Role
from wizard.services import rotations
from wizard.views.rotations.starting import rotation_url
from wizard.views.rotations.texts import upstream_name
from wizard.web import ConsoleRequest, at_account, targets_of


@require_safe
@at_account
def rotation_list(request: ConsoleRequest) -> HttpResponse:
    """List the newest rotations."""
    regions = [target.region for target in targets_of(request, Role.VIEWER)]
    found = rotations.newest_rotations(account_id=request.account_id, regions=regions)
    rows = [
        {
            "rotation": each,
            "upstream": upstream_name(each.upstream, account_id=each.account_id),
            "url": rotation_url(each),
        }
        for each in found
    ]
    return render(request, "rotations/list.html", {"rows": rows})


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
