"""The lease on a row of `HeldRow`: only one process at a time changes AWS for it.

The process that takes the lease writes its own random `runner` into the row. `lease_keeping` renews
the lease while the work goes on; the work itself does so before each change, in the transaction
that writes the intent. A process whose lease has expired counts as dead and another one may take
the row; the first one notices at its next change.
"""

import secrets
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from wizard.models import HeldRow
from wizard.services.lease_keeping import LEASE
from wizard.services.lease_keeping import kept as kept


class LeaseLost(Exception):
    """Another process took the row, because this one's lease had expired."""


def started() -> dict[str, Any]:
    """The columns of a row whose process begins now and holds the lease."""
    return {"runner": secrets.token_hex(16), "lease_until": timezone.now() + LEASE}


def take(row: HeldRow, *, actor: User | None = None) -> bool:
    """Take the lease of a row whose work has ended or was interrupted; False if it is held.

    `actor` becomes responsible for the row; without one, this stays as it is.
    """
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())
    columns = started() | ({"actor": actor} if actor else {})
    rows = type(row)._default_manager.filter(is_free, pk=row.pk)  # guard: F7
    if rows.update(**columns) != 1:
        return False
    row.refresh_from_db()
    return True


def renew(row: HeldRow) -> None:
    """Extend the lease. Raises LeaseLost if another process has taken it."""
    ours = type(row)._default_manager.filter(pk=row.pk, runner=row.runner)  # guard: F7
    if ours.update(lease_until=timezone.now() + LEASE) != 1:
        raise LeaseLost(str(row.pk))


def give_up(row: HeldRow) -> None:
    """End the lease; does nothing if another process has taken it."""
    ours = type(row)._default_manager.filter(pk=row.pk, runner=row.runner)
    ours.update(runner="", lease_until=None)
