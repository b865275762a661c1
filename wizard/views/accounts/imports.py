"""Lists of accounts: asking for one, its plan, and adding its accounts in the background."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wizard import tasks
from wizard.domain.errors import AwsError
from wizard.forms.account_imports import AccountListForm, OrganizationForm
from wizard.models import AccountImport, PlannedState
from wizard.services import accounts, places
from wizard.views.accounts.planned import planned_listing, template_file, templates_of
from wizard.web import ConsoleRequest, see_other, takes
from wizard.words import error_view


@require_http_methods(["GET", "HEAD", "POST"])
@takes(AccountListForm, files=["file"], is_text=True)
def account_import(request: ConsoleRequest) -> HttpResponse:
    """Ask for a list; store its plan."""
    is_post = request.method == "POST"
    form = AccountListForm(
        request.POST if is_post else None,
        request.FILES if is_post else None,
        regions=[region.code for region in places.list_regions()],
    )
    context: dict[str, Any] = {
        "form": form,
        "organization": OrganizationForm(prefix=None, auto_id="id_organization_%s"),
        "error": None,
    }
    if not is_post or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "accounts/import.html", context, status=status)
    try:
        made = accounts.begin_import(form.found, actor=request.user)
    except AwsError as error:
        context["error"] = view = error_view(error)
        return render(request, "accounts/import.html", context, status=view.status)
    return see_other(_url("account-plan", made.pk))


@require_POST
@takes(OrganizationForm)
def account_organization(request: ConsoleRequest) -> HttpResponse:
    """Store the plan of the accounts of the organization."""
    organization = OrganizationForm(request.POST, auto_id="id_organization_%s")
    context: dict[str, Any] = {
        "form": AccountListForm(regions=()),
        "organization": organization,
        "organization_error": None,
    }
    if not organization.is_valid():
        return render(request, "accounts/import.html", context, status=422)
    role = organization.cleaned_data["role"]
    try:
        made = accounts.begin_organization_import(role=role, actor=request.user)
    except AwsError as error:
        context["organization_error"] = view = error_view(error)
        return render(request, "accounts/import.html", context, status=view.status)
    return see_other(_url("account-plan", made.pk))


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
    return see_other(_url("account-plan", found.pk))


@require_POST
@takes()
def account_plan_list(request: ConsoleRequest, account_import_id: uuid.UUID) -> HttpResponse:
    """Go on with the list of the organization."""
    found = accounts.get_import(account_import_id)
    accounts.list_more(found, actor=request.user)
    return see_other(_url("account-plan", found.pk))


@require_POST
@takes()
def account_plan_retry(request: ConsoleRequest, account_import_id: uuid.UUID) -> HttpResponse:
    """Test the accounts again whose test failed."""
    found = accounts.get_import(account_import_id)
    accounts.retry_failed(found, actor=request.user)
    return _begun(found)


def _begun(plan: AccountImport) -> HttpResponse:
    tasks.add_accounts.enqueue(str(plan.pk))
    return see_other(_url("account-plan", plan.pk))


def _url(name: str, import_id: uuid.UUID) -> str:
    return reverse(name, kwargs={"account_import_id": import_id})
