"""The latency of each Region in seconds; `front_door` applies it."""

import threading
from collections.abc import Mapping
from types import MappingProxyType


class Latency:
    """Seconds by Region, and a default."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: Mapping[str, float] = MappingProxyType({})
        self._others = 0.0

    def replace(self, seconds: Mapping[str, float], others: float = 0.0) -> None:
        """Replace all values. Raises ValueError for a negative one."""
        if min([others, *seconds.values()]) < 0:
            raise ValueError("A latency cannot be below zero")
        with self._lock:
            self._seconds, self._others = MappingProxyType(dict(seconds)), others

    def of(self, region: str) -> float:
        """Return the latency of a Region."""
        with self._lock:
            return self._seconds.get(region, self._others)
