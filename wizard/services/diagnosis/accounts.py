"""Checks of the further accounts: how many the console works in, and which failed their test.

No role is assumed for it: there may be thousands.
"""

from collections.abc import Iterator
from typing import Final

from django.db import DatabaseError, InterfaceError

from wizard.models import Account
from wizard.services.diagnosis.findings import Finding, good, not_asked, warning

_SUBJECT: Final = "Accounts"
_MOST_NAMED: Final = 5


def findings() -> Iterator[Finding]:
    """Yield what the database says about them."""
    try:
        accounts = list(Account.objects.exclude(role_arn=""))
    except (DatabaseError, InterfaceError):
        yield not_asked(_SUBJECT, "The database has to answer first.")
        return
    if not accounts:
        yield good(_SUBJECT, "that of the credentials alone")
        return
    enabled = [each for each in accounts if each.is_enabled]
    told = f"that of the credentials, and {len(enabled)} by a role"
    if disabled := len(accounts) - len(enabled):
        told += f"; {disabled} disabled"
    failing = [each for each in enabled if each.error_record]
    if not failing:
        yield good(_SUBJECT, told)
        return
    names = ", ".join(each.label for each in failing[:_MOST_NAMED])
    more = f" and {len(failing) - _MOST_NAMED} more" if len(failing) > _MOST_NAMED else ""
    yield warning(
        _SUBJECT,
        f"{told}. The last test of {names}{more} failed.",
        "Open the page Accounts: it says why, and tests the account again.",
    )
