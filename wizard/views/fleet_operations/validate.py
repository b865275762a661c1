"""The plan of a validation over accounts: the rules that are chosen in a list of the fleet."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wizard.forms.fleet_operations import FleetOperationForm
from wizard.models import FleetVerb
from wizard.services import fleet_operations
from wizard.services.fleet_operations import MOST_ACCOUNTS, MOST_RULES, FleetPlan
from wizard.views.fleet.selection import (
    CHOSEN_FIELDS,
    LIST_FIELDS,
    Chosen,
    answer_to_list,
    chosen_rules,
    is_sent_by_list,
)
from wizard.views.fleet_operations.rows import PlannedAccount, planned_rows
from wizard.views.fleet_operations.starting import answer_started
from wizard.views.tables import cut_listing, listing_of
from wizard.web import ConsoleRequest, takes


@require_http_methods(["GET", "HEAD", "POST"])
@takes(FleetOperationForm, *LIST_FIELDS, many=CHOSEN_FIELDS)
def fleet_validate(request: ConsoleRequest) -> HttpResponse:
    """Show what would be validated; a POST of the plan starts it and leads to its page.

    A POST of a list, which has a selection, is answered with the plan.
    """
    answer = answer_to_list(request)
    if answer is not None:
        return answer
    chosen = chosen_rules(request)
    plan = fleet_operations.plan_validation(rows=chosen.rows, user=request.user)
    if request.method != "POST" or is_sent_by_list(request):
        return _show(request, chosen, plan)
    form = FleetOperationForm(request.POST)
    if not form.is_valid() or not chosen.is_valid or plan.is_too_large or not plan.accounts:
        return _show(request, chosen, plan, status=422)
    operation_id = form.id()
    operation = fleet_operations.start(
        operation_id=operation_id,
        verb=FleetVerb.VALIDATE,
        accounts=plan.accounts,
        actor=request.user,
    )
    return answer_started(operation_id, operation)


def _show(
    request: ConsoleRequest, chosen: Chosen, plan: FleetPlan, *, status: int = 200
) -> HttpResponse:
    rows = planned_rows(plan.accounts)
    if chosen.fields:
        # The links to further pages would lose the hidden fields.
        listing = cut_listing(request, rows, table="fleet-plan", pages=None, sorts=False)
    else:
        listing = listing_of(request, rows, table="fleet-plan", searched=_searched, sorts=False)
    context: dict[str, Any] = {
        "form": FleetOperationForm(),
        "title": _("Validate rules in several accounts"),
        "plan": plan,
        "wrong": chosen.errors,
        "can_start": bool(plan.accounts) and not plan.is_too_large and chosen.is_valid,
        "chosen": chosen,
        "most_rules": MOST_RULES,
        "most_accounts": MOST_ACCOUNTS,
        "listing": listing,
    }
    status = status if chosen.is_valid else 422
    return render(request, "fleet_operations/validate.html", context, status=status)


def _searched(_row: PlannedAccount) -> tuple[str, ...]:
    return ()
