"""The lease on a rotation: only one process at a time changes AWS for it.

The process that takes the lease writes its own random `runner` into the row. It renews the lease
before each change, in the transaction that writes the intent. A process whose lease has expired
counts as dead and another one may take the rotation; the first one notices at its next renewal.
"""

import secrets
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from wizard.models import Rotation

# Longer than all that can happen between two renewals: two AWS calls with three attempts each.
_LEASE: Final = timedelta(seconds=90)
# How often the lease is renewed while secrets wait for a thread.
RENEW_SECONDS: Final = 30.0


class LeaseLost(Exception):
    """Another process took the rotation, because this one's lease had expired."""


def started() -> dict[str, Any]:
    """The columns of a rotation whose process begins now and holds the lease."""
    return {"runner": secrets.token_hex(16), "lease_until": timezone.now() + _LEASE}


def take(rotation: Rotation, *, actor: User) -> bool:
    """Take the lease of a rotation that has ended or was interrupted; False if it is held."""
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())
    columns = started()
    rows = Rotation.objects.filter(is_free, pk=rotation.pk)  # guard: F7
    if rows.update(actor=actor, **columns) != 1:
        return False
    rotation.refresh_from_db()
    return True


def renew(rotation: Rotation) -> None:
    """Extend the lease. Raises LeaseLost if another process has taken it."""
    ours = Rotation.objects.filter(pk=rotation.pk, runner=rotation.runner)  # guard: F7
    if ours.update(lease_until=timezone.now() + _LEASE) != 1:
        raise LeaseLost(str(rotation.pk))


def give_up(rotation: Rotation) -> None:
    """End the lease; does nothing if another process has taken it."""
    ours = Rotation.objects.filter(pk=rotation.pk, runner=rotation.runner)
    ours.update(runner="", lease_until=None)
