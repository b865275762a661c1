"""The plan of a rotation over accounts, the credential, and the start.

The query string is a filter of the fleet, or names an operation whose failures are retried.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from wizard import tasks
from wizard.forms.fleet_rotation import FleetRotationForm
from wizard.models import FleetVerb
from wizard.services import fleet_operations
from wizard.views.fleet_operations import rotation_rows
from wizard.views.fleet_operations.rotation_rows import Plan
from wizard.views.fleet_operations.rows import detail_url
from wizard.views.rotations import refused
from wizard.web import ConsoleRequest, see_other, takes


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_http_methods(["GET", "HEAD", "POST"])
@takes(FleetRotationForm, refused.GO)
def fleet_rotate(request: ConsoleRequest) -> HttpResponse:
    """Show which secrets would get the credential; a POST starts it and leads to its page."""
    plan = rotation_rows.plan_of(request)
    if request.method != "POST":
        return _show(request, plan)
    kept = refused.kept_credential(request, request.POST.get("sealed_credential", ""))
    form = FleetRotationForm(request.POST, kept=kept)
    if form.is_valid() and fleet_operations.is_started(operation_id=form.id()):
        return see_other(detail_url(form.id()))
    if not plan.can_start:
        return _show(request, plan, status=422)
    if not form.is_valid():
        return refused.keep(request, form, _own_url(request))
    if refused.is_test(request):
        return refused.keep_tested(
            request,
            form,
            _own_url(request),
            target=plan.accounts[0].first_target,
            upstream=plan.upstream,
        )
    refused.forget(request)
    operation = fleet_operations.start(
        operation_id=form.id(),
        verb=FleetVerb.ROTATE,
        accounts=plan.accounts,
        actor=request.user,
        asked=fleet_operations.asked_for_rotation(plan.upstream),
        credential=form.credential(),
    )
    if operation is not None:
        tasks.begin_parts(operation.pk)
    return see_other(detail_url(form.id()))


@sensitive_variables()
def _show(request: ConsoleRequest, plan: Plan, *, status: int = 200) -> HttpResponse:
    known = refused.kept(request)
    typed = known.typed if known else {}
    form = FleetRotationForm(
        initial=typed, kept=refused.kept_credential(request, typed.get("sealed_credential", ""))
    )
    if known:
        known.put_errors(form)
    query = _query(request)
    context: dict[str, Any] = {
        "form": form,
        "title": _("Rotate a credential in several accounts"),
        "upstream": plan.upstream_label,
        "plan": plan,
        "wrong": plan.errors,
        "action": _own_url(request),
        "query": query,
        "names": [] if plan.is_retry else rotation_rows.name_links(plan, request.GET),
        "most_rules": fleet_operations.MOST_RULES,
        "most_accounts": fleet_operations.MOST_ACCOUNTS,
        "may_test": refused.may_test(),
        "tested": known.judged if known else None,
        "listing": rotation_rows.listing_of_plan(request, plan),
    }
    status = 422 if plan.errors else status
    return render(request, "fleet_operations/rotate.html", context, status=status)


def _query(request: ConsoleRequest) -> str:
    query = request.GET.copy()
    for name in (refused.MARK, "page"):
        query.pop(name, None)
    return query.urlencode()


def _own_url(request: ConsoleRequest) -> str:
    """Return the address of this plan."""
    query = _query(request)
    return f"{request.path}?{query}" if query else request.path
