"""The page of the permissions: the IAM policy of the console, and what IAM says about it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from wizard.exports import POLICY_FORMATS
from wizard.services import permissions
from wizard.views import permission_policy
from wizard.views.permission_rows import preflight_view
from wizard.web import ConsoleRequest, at_target, place_url, see_other, takes

CHECK = "check"


@require_http_methods(["GET", "HEAD", "POST"])
@takes()
@at_target
def permission_list(request: ConsoleRequest) -> HttpResponse:
    """Show the policy for the chosen features and Regions, and what IAM allows in this Region.

    With `check` in the query string, IAM is asked; otherwise only what is remembered is shown. A
    POST forgets it, and asks again.
    """
    if request.method == "POST":
        permissions.forget()
        return see_other(f"{place_url('permission-list', request.target)}?{CHECK}=1#check")
    if request.htmx and CHECK in request.GET:
        return render(request, "permissions/page.html#preflight", _preflight(request))
    chosen = permission_policy.chosen_policy(request)
    wanted = request.GET.get("format", "")
    if wanted in POLICY_FORMATS:
        return permission_policy.policy_file(request, chosen, wanted)
    context = {"form": chosen.form, "policies": permission_policy.shown(chosen)}
    if request.htmx:
        return render(request, "permissions/page.html#policy", context)
    return render(request, "permissions/page.html", context | _preflight(request))


def _preflight(request: ConsoleRequest) -> dict[str, Any]:
    """Return what is known about the actions in the Region; None if IAM has to be asked first."""
    is_asked, target = CHECK in request.GET, request.target
    found = permissions.known_preflight(target=target)
    if found is None and is_asked:
        found = permissions.check_everything(target=target)
    return {
        "preflight": preflight_view(found) if found else None,
        "refusals": permissions.refused_lately(target=request.target),
    }
