"""When the rules of an account are read again in the background.

Each account has its own phase within the interval, which follows from its ID. So thousands of
accounts are spread evenly over it, however many are added or become due at one moment, and stay so
after a restart.
"""

import math
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

# The interval doubles with each sweep that failed in a row, so often and up to this length.
MOST_DOUBLINGS: Final = 4
LONGEST: Final = timedelta(hours=6)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def interval_of(every: timedelta, *, failures: int = 0) -> timedelta:
    """Return the interval of an account after so many failed sweeps in a row."""
    doubled = every * (1 << min(max(failures, 0), MOST_DOUBLINGS))
    return max(every, min(doubled, LONGEST))


def next_sweep(
    account_id: str, *, after: datetime, every: timedelta, failures: int = 0
) -> datetime:
    """Return when the account is due after a sweep: half an interval later or more, at its phase.

    A late sweep is not made up for: at most one is due in half an interval.
    """
    return _next_turn(account_id, after, interval_of(every, failures=failures), pause=0.5)


def first_sweep(account_id: str, *, after: datetime, every: timedelta) -> datetime:
    """Return when an account is due that was never read: within one interval, at its phase."""
    return _next_turn(account_id, after, every, pause=0.0)


def phase_of(account_id: str) -> float:
    """Return the place of an account within each interval, from 0 to less than 1."""
    return int.from_bytes(sha256(account_id.encode()).digest()[:6]) / 2**48


def _next_turn(account_id: str, after: datetime, every: timedelta, *, pause: float) -> datetime:
    begin = _EPOCH + every * phase_of(account_id)
    earliest = after + every * pause
    return begin + every * math.ceil((earliest - begin) / every)
