"""Remembers IAM's answers for some minutes, and its failures for some seconds.

The memory is that of a process and has MOST entries; the oldest ones go first.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, TypeVar

T = TypeVar("T")
Key = tuple[Any, ...]

MOST: Final = 512
ANSWER_SECONDS: Final = 300.0
FAILURE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    value: Any
    ends_at: float


_entries: Final[OrderedDict[Key, _Entry]] = OrderedDict()
_lock: Final = Lock()


def remembered(key: Key) -> Any:
    """Return the value under the key, or None."""
    with _lock:
        entry = _entries.get(key)
        if entry is None or entry.ends_at < time.monotonic():
            return None
        return entry.value


def remember(key: Key, value: T, *, seconds: float = ANSWER_SECONDS) -> T:
    """Keep the value under the key, and return it."""
    with _lock:
        _entries[key] = _Entry(value=value, ends_at=time.monotonic() + seconds)
        _entries.move_to_end(key)
        while len(_entries) > MOST:
            _entries.popitem(last=False)
    return value


def forget() -> None:
    """Drop everything."""
    with _lock:
        _entries.clear()
