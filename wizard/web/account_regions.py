"""The Regions in use of the account of a page, read once for a request."""

from typing import Final

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest

from wizard.domain import Region
from wizard.services import places

# The attribute of a request that keeps them, by account.
_KEPT: Final = "_console_regions_in_use"


def used_regions_of(request: HttpRequest, account_id: str) -> tuple[Region, ...]:
    """Return the Regions in use of an account.

    While the database does not answer, those of the setting: an error page has a frame, too.
    """
    kept: dict[str, tuple[Region, ...]] = vars(request).setdefault(_KEPT, {})
    if account_id not in kept:
        try:
            kept[account_id] = places.regions_in_use(account_id)
        except (DatabaseError, InterfaceError):
            return places.regions_in_use()
    return kept[account_id]
