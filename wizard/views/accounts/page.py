"""The list of accounts, and the page of one."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain import grouped_account_id
from wizard.models import Account
from wizard.services import accounts, places
from wizard.views.accounts.rows import AccountRow, account_listing
from wizard.web import ConsoleRequest
from wizard.words import error_view


@require_safe
def account_list(request: ConsoleRequest) -> HttpResponse:
    """List the accounts that are added."""
    own = places.known_account()
    context = {
        "listing": account_listing(request),
        "own": own,
        "own_display": grouped_account_id(own) if own else "",
    }
    return render(request, "accounts/list.html", context)


@require_safe
def account_detail(request: ConsoleRequest, managed_id: str) -> HttpResponse:
    """Show one account; also that of the console's own credentials, which needs no row."""
    return render(request, "accounts/detail.html", detail_context(managed_id))


def detail_context(managed_id: str) -> dict[str, Any]:
    """Return what the page of an account shows. Raises AccountNotFound."""
    is_own = managed_id == places.known_account()
    account = accounts.find_account(managed_id) if is_own else accounts.get_account(managed_id)
    is_added = account is not None
    account = account or Account(account_id=managed_id)
    return {
        "account": account,
        "row": AccountRow(account=account),
        "is_own": is_own or not account.role_arn,
        "is_added": is_added,
        "regions": [places.region_label(code) for code in account.regions],
        "error": error_view(account.error) if account.error else None,
    }
