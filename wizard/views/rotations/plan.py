"""The plan of a rotation: the choice of an upstream, its secrets, the new token, and the start."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from wizard.domain import Role, Target
from wizard.forms.rotation import RotationForm
from wizard.services import rotations
from wizard.services.last_known import regions_with_rules
from wizard.services.rotations import Inventory, RotationPlan
from wizard.views.rotations import refused, starting
from wizard.views.rotations.choices import (
    candidates_listing,
    plan_row,
    unread_regions,
    upstreams_listing,
)
from wizard.views.rotations.texts import upstream_name
from wizard.web import (
    ConsoleRequest,
    at_account,
    permitted_targets,
    redirects_scripts,
    see_other,
    takes,
    targets_of,
)


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_http_methods(["GET", "HEAD", "POST"])
@takes(RotationForm, refused.GO)
@redirects_scripts
@at_account
def rotation_create(request: ConsoleRequest) -> HttpResponse:
    """Show the secrets of an upstream, or start their rotation.

    The query string has the `upstream`, or the `secret` whose upstream is meant, or both. Without
    either, the upstreams to choose from are shown. With several secrets, only these are chosen at
    first.
    """
    upstream, also = request.GET.get("upstream", ""), request.GET.getlist("secret")
    if request.method == "POST" and not upstream and not also:
        return see_other(request.path)
    inventory = rotations.read_inventory(_targets(request))
    if not upstream and not also:
        return _show_choice(request, inventory)
    host = upstream or rotations.upstream_of_secret(inventory, also[0])
    plan = rotations.plan_of(inventory, upstream=host, also=also, actor=request.user)
    if request.method != "POST":
        return _show(request, plan)
    kept = refused.kept_credential(request, request.POST.get("sealed_credential", ""))
    form = RotationForm(request.POST, offered=[each.key for each in plan.possible], kept=kept)
    if not form.is_valid():
        return refused.keep(request, form, _own_url(request))
    if refused.is_test(request):
        return _test(request, form, plan)
    refused.forget(request)
    rotation = starting.start(
        account_id=request.account_id,
        actor=request.user,
        plan=plan,
        chosen=form.chosen(),
        rotation_id=form.id(),
        credential=form.credential(),
    )
    return see_other(starting.rotation_url(rotation))


def _targets(request: ConsoleRequest) -> list[Target]:
    """Return the Regions in use, and others that were last known to have rules.

    A secret that was left out would keep the old token, which the upstream may revoke.
    """
    in_use = set(targets_of(request, Role.VIEWER))
    known = regions_with_rules(account_id=request.account_id)
    return [
        target
        for target in permitted_targets(request, Role.VIEWER)
        if target in in_use or target.region in known
    ]


@sensitive_variables()
def _test(request: ConsoleRequest, form: RotationForm, plan: RotationPlan) -> HttpResponse:
    """Test the typed credential at the upstream, and lead back to the form."""
    (first, *_others) = [each for each in plan.possible if each.key in form.chosen()]
    return refused.keep_tested(
        request, form, _own_url(request), target=first.target, upstream=plan.upstream
    )


@sensitive_variables()
def _show(request: ConsoleRequest, plan: RotationPlan) -> HttpResponse:
    known = refused.kept(request)
    typed = known.typed if known else {}
    form = RotationForm(
        initial=typed,
        offered=[each.key for each in plan.possible],
        kept=refused.kept_credential(request, typed.get("sealed_credential", "")),
    )
    if known:
        known.put_errors(form)
    chosen = known.secrets if known else _suggested(request, plan)
    context: dict[str, Any] = {
        "form": form,
        "upstream": upstream_name(plan.upstream, account_id=request.account_id),
        "listing": candidates_listing(request, plan.possible, chosen),
        "left_out": [plan_row(each, request, False) for each in plan.left_out],
        "unread": unread_regions(dict(plan.unread)),
        "action": _own_url(request),
        "progress_url": _progress_url(request, form),
        "may_test": refused.may_test(),
        "tested": known.judged if known else None,
        "target_regions": sorted({each.target.region for each in plan.possible}),
    }
    return render(request, "rotations/create.html", context)


def _suggested(request: ConsoleRequest, plan: RotationPlan) -> list[str]:
    """Return the keys of the secrets that are chosen at first."""
    if len(request.GET.getlist("secret")) > 1:
        return [each.key for each in plan.possible if each.is_asked]
    return [each.key for each in plan.possible if each.is_suggested]


def _show_choice(request: ConsoleRequest, inventory: Inventory) -> HttpResponse:
    context = {
        "listing": upstreams_listing(request, inventory),
        "unread": unread_regions(inventory.unread),
    }
    return render(request, "rotations/choose.html", context)


def _progress_url(request: ConsoleRequest, form: RotationForm) -> str:
    """Return where the progress of the form's rotation is shown; its ID is chosen beforehand."""
    parts = {"account_id": request.account_id, "rotation_id": form["rotation_id"].value()}
    return reverse("rotation-progress", kwargs=parts)


def _own_url(request: ConsoleRequest) -> str:
    """Return the address of this plan."""
    names = ("upstream", "secret")
    query = [(name, value) for name in names for value in request.GET.getlist(name) if value]
    return f"{request.path}?{urlencode(query)}"
