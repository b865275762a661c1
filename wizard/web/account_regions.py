"""The account of a page: what is stored of it, and its Regions, read once for a request."""

from typing import Final

from django.contrib.auth.models import User
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest

from wizard.domain import AccountRegions, Role
from wizard.services import access, places
from wizard.services.accounts import StoredAccount, stored_account
from wizard.web.recent import recent_account

# The attribute of a request that keeps them, by account.
_KEPT: Final = "_console_accounts"


def account_regions_of(request: HttpRequest, account_id: str) -> AccountRegions:
    """Return the Regions of an account.

    While the database does not answer, those of the setting: an error page has a frame, too.
    """
    return places.account_regions(account_id, account_of(request, account_id))


def recent_account_of(request: HttpRequest, user: User) -> str:
    """Return the account of the page that was shown last, if the person may still open it.

    Otherwise that of the console's credentials; empty if the person may not look at that, or if
    the process does not know it. Never asks AWS.
    """
    own = places.known_account()
    for account_id in (recent_account(request), own):
        if (
            account_id
            and access.may_somewhere(user=user, role=Role.VIEWER, account_id=account_id)
            and (account_id == own or account_of(request, account_id).has_role)
        ):
            return account_id
    return ""


def account_of(request: HttpRequest, account_id: str) -> StoredAccount:
    """Return what is stored of an account; nothing while the database does not answer."""
    kept: dict[str, StoredAccount] = vars(request).setdefault(_KEPT, {})
    if account_id not in kept:
        try:
            kept[account_id] = stored_account(account_id)
        except (DatabaseError, InterfaceError):
            return StoredAccount()
    return kept[account_id]
