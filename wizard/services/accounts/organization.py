"""The accounts of AWS Organizations as a plan: page by page, until all are listed.

An organization of thousands has hundreds of pages, more than one request can wait for. So the plan
keeps where the list goes on.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from wizard.backend import organizations
from wizard.backend.organizations import OrganizationAccount
from wizard.domain.account_lists import MOST_ACCOUNTS, ListedAccount, listed
from wizard.domain.accounts import ALIAS_MAX
from wizard.domain.errors import (
    AccessDenied,
    AwsError,
    OrganizationNotReadable,
    UnexpectedAwsError,
    error_record,
)
from wizard.models import AccountImport
from wizard.services.access import check_administrator
from wizard.services.accounts.importing import add_rows, begin_import

# How long one request goes on listing.
_SECONDS: Final = 3.0


def begin_organization_import(*, role: str, actor: User) -> AccountImport:
    """Store the first page of the organization's accounts as a plan.

    Raises OrganizationNotInUse, OrganizationNotReadable, and AWS's other errors; then nothing is
    stored.
    """
    check_administrator(user=actor, what="import accounts")
    accounts, token = _page("")
    made = begin_import(_listed(accounts, role), actor=actor, role=role)
    made.is_listing, made.next_token = bool(token), token
    made.save(update_fields=["is_listing", "next_token"])
    return made


def list_more(of_import: AccountImport, *, actor: User) -> None:
    """Add further pages to the plan, for some seconds. An error of AWS is stored in the plan."""
    check_administrator(user=actor, what="import accounts")
    ends_at = time.monotonic() + _SECONDS
    while of_import.is_listing and time.monotonic() < ends_at:
        used = of_import.next_token
        try:
            accounts, token = _page(used)
            if token == used:  # guard: F16
                raise _no_end()
            if not _add(of_import, accounts, used, token):
                return
        except AwsError as error:
            of_import.error_record = error_record(error)
            of_import.save(update_fields=["error_record"])
            return


def _add(
    of_import: AccountImport, accounts: Sequence[OrganizationAccount], used: str, token: str
) -> bool:
    """Store a page; False if another request has stored it.

    Raises UnexpectedAwsError for a page of which the plan has each account already.
    """
    found = _listed(accounts, of_import.role)
    with transaction.atomic():
        row = AccountImport.objects.select_for_update().get(pk=of_import.pk)
        if row.next_token != used or not row.is_listing:
            return False
        ids = {each.account_id for each in found}
        known = row.rows.filter(account_id__in=ids).order_by().values("account_id").distinct()
        if token and ids and known.count() == len(ids):  # guard: F16
            raise _no_end()
        add_rows(row, found)
        is_full = row.rows.count() >= MOST_ACCOUNTS
        row.is_listing, row.next_token = bool(token) and not is_full, token
        row.error_record = None
        row.save(update_fields=["is_listing", "next_token", "error_record"])
    of_import.is_listing, of_import.next_token = row.is_listing, row.next_token
    of_import.error_record = None
    return True


def _no_end() -> UnexpectedAwsError:
    return UnexpectedAwsError(
        "The list does not end.", code="MalformedAnswer", operation="ListAccounts"
    )


def _page(token: str) -> tuple[list[OrganizationAccount], str]:
    try:
        return organizations.list_accounts(token)
    except AccessDenied as refusal:
        details = {name: value for name, value in error_record(refusal).items() if name != "kind"}
        raise OrganizationNotReadable(**details) from None


def _listed(accounts: Iterable[OrganizationAccount], role: str) -> list[ListedAccount]:
    rows = (
        {"account_id": each.account_id, "alias": each.name[:ALIAS_MAX], "status": each.status}
        for each in accounts
    )
    return listed(rows, role=role, regions=())
