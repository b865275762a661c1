"""Stores the sealed credentials of drafts, each in a row with the moment at which it expires.

An expired row is deleted by whoever comes first: the background worker every few seconds, any
request to the console, or `manage.py cleardrafts`. So a ciphertext does not outlive its key's
cookie, whether its draft is opened again or not, and also after a crash. A process asks the
database only when a row may have expired: a new one cannot before SEAL_SECONDS have passed.
"""

import time
from datetime import UTC, datetime
from typing import Final

from django.db.models import QuerySet

from wizard.drafting import sealed
from wizard.models import SealedCredential, SealedValue

# The longest time between two looks of a process, so that it does not depend on its clock alone.
LOOK_SECONDS: Final = 60.0
# The pause after a database that did not answer.
_RETRY_SECONDS: Final = 5.0


class Schedule:
    """When this process looks for expired rows again."""

    def __init__(self) -> None:
        self._looked_at = self._next_look = 0.0

    @property
    def is_due(self) -> bool:
        """Whether a row may have expired since the last look; also after the clock went back."""
        return not self._looked_at <= time.time() < self._next_look

    def look(self) -> None:
        """Delete what has expired, and note when the next row does."""
        now = time.time()
        self._looked_at, self._next_look = now, now + _RETRY_SECONDS
        remove_expired()
        soonest = SealedCredential.objects.order_by("expires_at").values_list("expires_at").first()
        expires_at = soonest[0].timestamp() if soonest else now + LOOK_SECONDS
        self._next_look = min(expires_at, now + LOOK_SECONDS)


def keep(draft_id: str, ciphertext: str) -> None:
    """Store a draft's ciphertext; an empty one deletes what is stored."""
    stored = SealedCredential.objects.filter(draft_id=draft_id)
    if not ciphertext:
        stored.delete()
        return
    expires_at = _moment(sealed.expires_at(ciphertext))
    if stored.update(ciphertext=ciphertext, expires_at=expires_at):
        return
    SealedCredential.objects.bulk_create(
        [SealedCredential(draft_id=draft_id, ciphertext=ciphertext, expires_at=expires_at)],
        update_conflicts=True,
        unique_fields=["draft_id"],
        update_fields=["ciphertext", "expires_at"],
    )


def unexpired(draft_id: str) -> QuerySet[SealedCredential]:
    """The row of a draft's ciphertext, unless it has expired."""
    rows = SealedCredential.objects.filter(draft_id=draft_id)
    return rows.filter(expires_at__gt=_moment(time.time()))  # guard: W11


def remove_expired() -> int:
    """Delete the rows that have expired, of operations over accounts too; return their number.

    Usually there is none. This is read first, because a DELETE locks a SQLite database.
    """
    now = _moment(time.time())
    return sum(
        expired.delete()[0]
        for expired in (
            SealedCredential.objects.filter(expires_at__lte=now),
            SealedValue.objects.filter(expires_at__lte=now),  # guard: S16
        )
        if expired.exists()
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
