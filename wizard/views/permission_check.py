"""What IAM says about the actions of a journey: loaded by its pages, and a page without JavaScript.

The answer never stops a journey, because IAM's simulation can be wrong.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain import RoleArn, SecretArn, Target
from wizard.domain.errors import InvalidIdentifier
from wizard.domain.permissions import Journey
from wizard.services import permissions, places
from wizard.views.permission_rows import preflight_view
from wizard.web import ConsoleRequest, at_target
from wizard.words import identifier_text


@require_safe
@at_target
def permission_check(request: ConsoleRequest) -> HttpResponse:
    """Warn of actions that the journeys (`for`, repeated) need and that IAM denies.

    `secret` and `role` are the ARNs that the journeys are about. Only those that a rule of this
    account and Region can have are passed to IAM, so that nobody learns what the console's
    credentials may do elsewhere.
    """
    wanted = [Journey(name) for name in request.GET.getlist("for") if name in list(Journey)]
    context = {"region": places.region_named(request.target.region)}
    template = "permissions/check.html#warning" if request.htmx else "permissions/check.html"
    arns, refused = _arns(request, request.target)
    if refused:
        return render(request, template, context | {"refused": refused, "found": None}, status=400)
    found = permissions.check_journeys(
        target=request.target,
        journeys=wanted,
        secret_arn=arns.get("secret", ""),
        role_arn=arns.get("role", ""),
    )
    return render(request, template, context | {"found": preflight_view(found)})


def _arns(request: ConsoleRequest, target: Target) -> tuple[dict[str, str], list[str]]:
    """Return the ARNs of the query string by parameter, and why others are refused."""
    kinds: dict[str, tuple[type[SecretArn | RoleArn], str]] = {
        "secret": (SecretArn, _("Secret ARN")),
        "role": (RoleArn, _("Role ARN")),
    }
    arns: dict[str, str] = {}
    refused = []
    for name, (kind, label) in kinds.items():
        if text := request.GET.get(name, ""):
            try:
                kind.parse(text).check_belongs_to(target)  # guard: Z2
                arns[name] = text
            except InvalidIdentifier as error:
                refused.append(f"{label}: {identifier_text(error)}")
    return arns, refused
