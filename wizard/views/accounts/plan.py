"""The plan of a list of accounts: its rows, its templates, and adding its accounts."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from wizard import tasks
from wizard.models import AccountImport, PlannedState
from wizard.services import accounts
from wizard.views.accounts.planned import planned_listing, template_file, templates_of
from wizard.web import ConsoleRequest, see_other, takes
from wizard.words import error_view


@require_safe
def account_plan(request: ConsoleRequest, account_import_id: uuid.UUID) -> HttpResponse:
    """Show the plan, and what became of its accounts. It has no external IDs."""
    found = accounts.get_import(account_import_id)
    states = accounts.count_states(found)
    context = {
        "plan": found,
        "listing": planned_listing(request, found),
        "counts": [(state.label, number) for state, number in states.items() if number],
        "left": states[PlannedState.PLANNED],
        "failed": states[PlannedState.FAILED],
        "added": states[PlannedState.ADDED],
        "ended": (ended := states[PlannedState.ADDED] + states[PlannedState.FAILED]),
        "to_add": ended + states[PlannedState.PLANNED],
        "is_going_on": found.due_at is not None,
        "delay": error_view(found.delay) if found.delay else None,
        "list_goes_on": found.is_listing and found.error is None,
        "error": error_view(found.error) if found.error else None,
    }
    return render(request, "accounts/plan.html", context)


@require_safe
def account_plan_role(request: ConsoleRequest, account_import_id: uuid.UUID) -> HttpResponse:
    """Show the templates that create the roles of a plan, or give one of them."""
    found = accounts.get_import(account_import_id)
    templates = templates_of(found)
    if request.GET.get("format"):
        return template_file(request, templates)
    context = {"plan": found, "templates": templates}
    return render(request, "accounts/plan_role.html", context)


@require_POST
@takes()
def account_plan_add(request: ConsoleRequest, account_import_id: uuid.UUID) -> HttpResponse:
    """Let the background test and add the accounts. The page follows it."""
    found = accounts.get_import(account_import_id)
    accounts.order_adding(found, actor=request.user)
    return _begun(found)


@require_POST
@takes()
def account_plan_stop(request: ConsoleRequest, account_import_id: uuid.UUID) -> HttpResponse:
    """Let no further accounts be tested."""
    found = accounts.get_import(account_import_id)
    accounts.stop_adding(found, actor=request.user)
    return see_other(plan_url(found))


@require_POST
@takes()
def account_plan_list(request: ConsoleRequest, account_import_id: uuid.UUID) -> HttpResponse:
    """Go on with the list of the organization."""
    found = accounts.get_import(account_import_id)
    accounts.list_more(found, actor=request.user)
    return see_other(plan_url(found))


@require_POST
@takes()
def account_plan_retry(request: ConsoleRequest, account_import_id: uuid.UUID) -> HttpResponse:
    """Test the accounts again whose test failed."""
    found = accounts.get_import(account_import_id)
    accounts.retry_failed(found, actor=request.user)
    return _begun(found)


def _begun(plan: AccountImport) -> HttpResponse:
    tasks.add_accounts.enqueue(str(plan.pk))
    return see_other(plan_url(plan))


def plan_url(plan: AccountImport) -> str:
    """Return the address of a plan."""
    return reverse("account-plan", kwargs={"account_import_id": plan.pk})
