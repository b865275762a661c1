"""The Regions of the account of a page, in use or closed, read once for a request."""

from typing import Final

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest

from wizard.domain import AccountRegions
from wizard.services import places

# The attribute of a request that keeps them, by account.
_KEPT: Final = "_console_account_regions"


def account_regions_of(request: HttpRequest, account_id: str) -> AccountRegions:
    """Return the Regions of an account.

    While the database does not answer, those of the setting: an error page has a frame, too.
    """
    kept: dict[str, AccountRegions] = vars(request).setdefault(_KEPT, {})
    if account_id not in kept:
        try:
            kept[account_id] = places.account_regions(account_id)
        except (DatabaseError, InterfaceError):
            return AccountRegions(in_use=places.regions_in_use())
    return kept[account_id]
