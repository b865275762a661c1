"""Changing or replacing rules of many accounts: the form for the chosen rules, and its plan."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wizard.forms.fleet_changes import FleetChangeForm, FleetReplacementForm
from wizard.forms.fleet_operations import FleetOperationForm
from wizard.models import FleetVerb
from wizard.services import fleet_operations
from wizard.services.fleet_operations import ChangePlan
from wizard.views.fleet.selection import (
    CHOSEN_FIELDS,
    LIST_FIELDS,
    Chosen,
    answer_to_list,
    chosen_rules,
    is_sent_by_list,
)
from wizard.views.fleet_operations import replace_again
from wizard.views.fleet_operations.change_rows import change_context
from wizard.views.fleet_operations.retried import RETRY
from wizard.views.fleet_operations.starting import answer_started, answer_with
from wizard.web import ConsoleRequest, takes


@require_http_methods(["GET", "HEAD", "POST"])
@takes(FleetChangeForm, FleetReplacementForm, *LIST_FIELDS, "to", many=CHOSEN_FIELDS)
def fleet_replace(request: ConsoleRequest) -> HttpResponse:
    """Ask for the change, show the plan, and start it.

    A POST of a list, which has a selection, is answered with the form. Or the query string names an
    operation whose failures are retried.
    """
    if RETRY in request.GET:
        return replace_again.answer(request)
    answer = answer_to_list(request)
    if answer is not None:
        return answer
    chosen = chosen_rules(request)
    to = request.POST.get("to")
    if request.method != "POST" or is_sent_by_list(request) or to == "change":
        typed = {name: request.POST.get(name, "") for name in FleetChangeForm.base_fields}
        return _show(request, chosen, FleetChangeForm(initial=typed))
    form = FleetChangeForm(request.POST)
    if not form.is_valid() or not chosen.is_valid:
        return _show(request, chosen, form, status=422)
    change = form.change()
    plan = fleet_operations.plan_change(rows=chosen.rows, change=change, user=request.user)
    start = _start_form(plan, request.POST if to == "start" else None)
    if to == "start" and start.is_valid() and fleet_operations.is_started(operation_id=start.id()):
        return answer_with(start.id())
    can_start = bool(plan.started) and not plan.is_too_large
    if to != "start" or not start.is_valid() or not can_start:
        status = 422 if to == "start" else 200
        return _show_plan(request, chosen, form, plan, start, status=status)
    operation_id = start.id()
    operation = fleet_operations.start(
        operation_id=operation_id,
        verb=FleetVerb.REPLACE,
        accounts=plan.started,
        actor=request.user,
        asked=fleet_operations.asked_to_change(change, is_confirmed=plan.replaces),
    )
    return answer_started(operation_id, operation)


def _start_form(plan: ChangePlan, data: Any) -> FleetOperationForm:
    """Return the form of the start, with a confirmation where rules are deleted."""
    return FleetReplacementForm(data) if plan.replaces else FleetOperationForm(data)


def _show(
    request: ConsoleRequest, chosen: Chosen, form: FleetChangeForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "title": _("Change rules in several accounts"),
        "form": form,
        "chosen": chosen,
        "matches": chosen.rows.count(),
        "wrong": chosen.errors or form.errors,
        "filter_errors": chosen.errors,
    }
    status = status if chosen.is_valid else 422
    return render(request, "fleet_operations/replace.html", context, status=status)


def _show_plan(
    request: ConsoleRequest,
    chosen: Chosen,
    asked: FleetChangeForm,
    plan: ChangePlan,
    start: FleetOperationForm,
    *,
    status: int,
) -> HttpResponse:
    context = change_context(plan) | {
        "title": _("Change rules in several accounts"),
        "form": start,
        "asked": asked,
        "chosen": chosen,
        "wrong": start.errors,
        "action": f"{request.path}?{chosen.query}" if chosen.query else request.path,
    }
    return render(request, "fleet_operations/replace_plan.html", context, status=status)
