"""The clock of the simulated AWS: ahead of or behind this machine's, and time that has passed.

`skew` shifts every time stamp that AWS writes and the time that it compares signatures with.
`passed` makes what is stored that much older: sessions, secrets scheduled for deletion, versions.
"""

import time
from datetime import UTC, datetime


class Clock:
    """One per process, like moto's state."""

    def __init__(self) -> None:
        self.skew = 0.0
        self.passed = 0.0

    def clear(self) -> None:
        """Return to this machine's time."""
        self.skew = self.passed = 0.0

    def time(self) -> float:
        """Return the time that stored times are compared with, in seconds since 1970."""
        return time.time() + self.skew + self.passed

    def stamp(self) -> datetime:
        """Return the time that is written and that signatures are compared with."""
        return datetime.fromtimestamp(time.time() + self.skew, UTC)


CLOCK = Clock()
