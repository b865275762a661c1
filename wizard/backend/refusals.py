"""What AWS refused to this process lately for lack of permissions.

A note is replaced by the next refusal of the same operation in the same account and Region, and
dropped when the operation succeeds there. Of all accounts, the last MOST_KEPT notes are kept.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final

from wizard.domain import Target
from wizard.domain.errors import AccessDenied, AwsError, PassRoleDenied

KEPT: Final = timedelta(hours=1)
MOST_KEPT: Final = 2000
# IAM has no Regions: what it refuses is refused for all.
_GLOBAL: Final = "iam"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refused call. `action` is what AWS names; `message` has no credentials in it."""

    action: str
    message: str
    request_id: str
    at: datetime


class RefusalNotes:
    """The notes of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._notes: dict[tuple[str, str, str, str], Refusal] = {}

    def hear(
        self, account_id: str, service: str, operation: str, region: str, error: AwsError | None
    ) -> None:
        """Note what an attempt of a call came to."""
        key = (account_id, service, operation, "" if service == _GLOBAL else region)
        if isinstance(error, AccessDenied | PassRoleDenied):
            with self._lock:
                self._notes.pop(key, None)
                while len(self._notes) >= MOST_KEPT:
                    del self._notes[next(iter(self._notes))]
                self._notes[key] = Refusal(
                    action=_action(error) or f"{service}:{operation}",
                    message=error.message,
                    request_id=error.request_id,
                    at=datetime.now(UTC),
                )
        elif error is None and key in self._notes:
            with self._lock:
                self._notes.pop(key, None)

    def of_target(self, target: Target) -> list[Refusal]:
        """Return what was refused in an account and Region, the newest first."""
        oldest = datetime.now(UTC) - KEPT
        with self._lock:
            found = [
                note
                for (whose, _service, _operation, where), note in self._notes.items()
                if whose == target.account_id and where in ("", target.region)
                if note.at >= oldest
            ]
        return sorted(found, key=lambda note: note.at, reverse=True)

    def forget(self) -> None:
        """Drop all notes."""
        with self._lock:
            self._notes.clear()


def _action(error: AccessDenied | PassRoleDenied) -> str:
    return "iam:PassRole" if isinstance(error, PassRoleDenied) else error.action


refusals: Final = RefusalNotes()
