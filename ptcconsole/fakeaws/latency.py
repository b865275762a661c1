"""How far away each Region is: seconds that every call there takes on its way.

Answers for the table. Refuses to wait itself (`front_door`).
"""

import threading
from collections.abc import Mapping
from types import MappingProxyType


class Latency:
    """Seconds by Region, and for all other Regions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: Mapping[str, float] = MappingProxyType({})
        self._others = 0.0

    def replace(self, seconds: Mapping[str, float], others: float = 0.0) -> None:
        """Forget the old table and take this one. Raises ValueError for a time below zero."""
        if min([others, *seconds.values()]) < 0:
            raise ValueError("A latency cannot be below zero")
        with self._lock:
            self._seconds, self._others = MappingProxyType(dict(seconds)), others

    def of(self, region: str) -> float:
        """Seconds of a call to the Region."""
        with self._lock:
            return self._seconds.get(region, self._others)
