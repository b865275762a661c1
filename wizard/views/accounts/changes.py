"""Changes of an account: its details, whether it is used, its removal; and testing it again."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from wizard.forms.accounts import AccountDetailsForm, AccountRemovalForm
from wizard.services import accounts, places
from wizard.views.accounts.page import detail_context
from wizard.web import ConsoleRequest, see_other, takes
from wizard.words import error_view


@require_http_methods(["GET", "HEAD", "POST"])
@takes(AccountDetailsForm)
def account_edit(request: ConsoleRequest, managed_id: str) -> HttpResponse:
    """Edit alias, owner and Regions in use."""
    context = detail_context(managed_id)
    account = context["account"]
    form = AccountDetailsForm(
        request.POST if request.method == "POST" else None,
        offered=list(places.list_regions()),
        initial={name: getattr(account, name) for name in ("alias", "owner", "regions")},
    )
    context["form"] = form
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "accounts/edit.html", context, status=status)
    accounts.edit_account(managed_id, **form.details(), actor=request.user)
    messages.success(request, _("Saved account %(id)s.") % {"id": managed_id})
    return _back(managed_id)


@require_POST
@takes()
def account_test(request: ConsoleRequest, managed_id: str) -> HttpResponse:
    """Test the role of the account again; its page has the result."""
    error = accounts.test_account(managed_id, actor=request.user)
    if error is None:
        text = _("The test of account %(id)s succeeded.") % {"id": managed_id}
        messages.success(request, text)
    else:
        text = _("The test of account %(id)s failed: %(title)s.")
        names = {"id": managed_id, "title": error_view(error).title}
        messages.error(request, text % names)
    return _back(managed_id)


@require_POST
@takes()
def account_disable(request: ConsoleRequest, managed_id: str) -> HttpResponse:
    """Stop working in the account, with immediate effect."""
    accounts.set_enabled(managed_id, is_enabled=False, actor=request.user)
    messages.success(request, _("Account %(id)s is disabled.") % {"id": managed_id})
    return _back(managed_id)


@require_POST
@takes()
def account_enable(request: ConsoleRequest, managed_id: str) -> HttpResponse:
    """Work in the account again."""
    accounts.set_enabled(managed_id, is_enabled=True, actor=request.user)
    messages.success(request, _("Account %(id)s is enabled.") % {"id": managed_id})
    return _back(managed_id)


@require_http_methods(["GET", "HEAD", "POST"])
@takes(AccountRemovalForm)
def account_remove(request: ConsoleRequest, managed_id: str) -> HttpResponse:
    """Remove the account after a typed confirmation. What was done in it stays."""
    account = accounts.get_account(managed_id)
    form = AccountRemovalForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "account": account}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "accounts/remove.html", context, status=status)
    accounts.remove_account(managed_id, actor=request.user)
    messages.success(request, _("Removed account %(id)s.") % {"id": managed_id})
    return see_other(reverse("account-list"))


def _back(managed_id: str) -> HttpResponse:
    return see_other(reverse("account-detail", kwargs={"managed_id": managed_id}))
