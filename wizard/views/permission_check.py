"""What IAM says about the actions of a journey: loaded by its pages, and a page without JavaScript.

The answer never stops a journey, because IAM's simulation can be wrong.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain.permissions import Journey
from wizard.services import permissions, places
from wizard.views.permission_rows import preflight_view
from wizard.web import ConsoleRequest, at_target

# The longest ARN that is passed to IAM.
_LONGEST_ARN = 2048


@require_safe
@at_target
def permission_check(request: ConsoleRequest) -> HttpResponse:
    """Warn of actions that the journeys (`for`, repeated) need and that IAM denies.

    `secret` and `role` are the ARNs that the journeys are about.
    """
    wanted = [Journey(name) for name in request.GET.getlist("for") if name in list(Journey)]
    found = permissions.check_journeys(
        target=request.target,
        journeys=wanted,
        secret_arn=_arn(request, "secret"),
        role_arn=_arn(request, "role"),
    )
    context = {"region": places.region_named(request.target.region), "found": preflight_view(found)}
    template = "permissions/check.html#warning" if request.htmx else "permissions/check.html"
    return render(request, template, context)


def _arn(request: ConsoleRequest, name: str) -> str:
    arn = request.GET.get(name, "")
    return arn if arn.startswith("arn:") and len(arn) <= _LONGEST_ARN else ""
