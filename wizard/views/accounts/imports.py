"""Lists of accounts: a pasted one or a file, and that of the organization, become a plan."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from wizard.domain.errors import AwsError
from wizard.forms.account_imports import AccountListForm, OrganizationForm
from wizard.services import accounts, places
from wizard.views.accounts.plan import plan_url
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
    return see_other(plan_url(made))


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
    return see_other(plan_url(made))
