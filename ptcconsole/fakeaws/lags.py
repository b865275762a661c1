"""Eventual consistency: readers that do not see a change at once.

Each lag is a number of reads or of seconds. Tests order reads, which makes them deterministic;
`make run` orders seconds. Without an order nothing lags, except what AWS always reports as a state
in progress.
"""

import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ptcconsole.fakeaws.audience import AUDIENCE


class LagKind(StrEnum):
    """What can lag.

    `new-secrets`: ECR does not see a new secret. `listed-secrets`: ListSecrets shows what was
    before a change. `roles`: ECR and STS use the role as it was before a change. `replicas`: a new
    replica is InProgress. `regions`: an opt-in Region is ENABLING or DISABLING. `previews`: the
    preview of a lifecycle policy is IN_PROGRESS.
    """

    NEW_SECRETS = "new-secrets"
    LISTED_SECRETS = "listed-secrets"
    ROLES = "roles"
    REPLICAS = "replicas"
    REGIONS = "regions"
    PREVIEWS = "previews"


@dataclass(slots=True)
class _Pending:
    reads_left: int
    until: float


class Lag:
    """One kind of change that is not seen for a while; keys name what changed."""

    def __init__(self, *, reads: int = 0) -> None:
        self._lock = threading.Lock()
        self._reads_by_default = reads
        self._pending: dict[str, _Pending] = {}
        self._reads, self._seconds = reads, 0.0

    def order(self, *, reads: int = 0, seconds: float = 0) -> None:
        """Hide each change from now on for a number of reads and of seconds."""
        if reads < 0 or seconds < 0:
            raise ValueError("A lag cannot be below zero")
        with self._lock:
            self._reads, self._seconds = reads, seconds

    def clear(self) -> None:
        """Return to the default, and show all changes."""
        with self._lock:
            self._reads, self._seconds = self._reads_by_default, 0.0
            self._pending.clear()

    def begin(self, key: str) -> bool:
        """Note a change; return whether it is hidden at first."""
        with self._lock:
            if not (self._reads or self._seconds) or not AUDIENCE.is_concerned():
                self._pending.pop(key, None)
                return False
            self._pending[key] = _Pending(self._reads, time.monotonic() + self._seconds)
            return True

    def hides(self, key: str) -> bool:
        """Whether this read does not see the change; counts the read.

        Callers that are not concerned see every change.
        """
        if not AUDIENCE.is_concerned():
            return False
        with self._lock:
            change = self._pending.get(key)
            if change is None:
                return False
            if change.reads_left:
                change.reads_left -= 1
                return True
            if time.monotonic() < change.until:
                return True
            del self._pending[key]
            return False


# What AWS always reports as in progress at the first read.
_ALWAYS_LATE = (LagKind.REPLICAS, LagKind.PREVIEWS)
# One of each per process, like moto's state.
LAGS: MappingProxyType[LagKind, Lag] = MappingProxyType(
    {kind: Lag(reads=1 if kind in _ALWAYS_LATE else 0) for kind in LagKind}
)


def clear() -> None:
    """Return all lags to their defaults."""
    for lag in LAGS.values():
        lag.clear()
