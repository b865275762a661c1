"""Regions that hang: this process does not wait for one in every account's sweep.

Without this, a Region that stops answering would cost each account its whole time limit, and the
sweeps of thousands of accounts would fall behind in all other Regions.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

# After so many accounts in a row, a Region counts as hanging.
IN_A_ROW: Final = 3
# While it hangs, one account in this time asks it.
PAUSE_SECONDS: Final = 60.0


@dataclass(slots=True)
class _State:
    in_a_row: int = 0
    asked_again_at: float = 0.0


class HangingRegions:
    """Which Regions did not answer in the last sweeps of this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._states: dict[str, _State] = {}

    def may_ask(self, region: str) -> bool:
        """Whether the sweep asks the Region; of one that hangs, once in PAUSE_SECONDS."""
        now = self._clock()
        with self._lock:
            state = self._states.get(region)
            if state is None or state.in_a_row < IN_A_ROW:
                return True
            if now < state.asked_again_at:
                return False
            state.asked_again_at = now + PAUSE_SECONDS
            return True

    def note(self, region: str, *, hung: bool) -> None:
        """Note whether the Region answered at all in time."""
        with self._lock:
            if not hung:
                self._states.pop(region, None)
                return
            state = self._states.setdefault(region, _State())
            state.in_a_row += 1
            if state.in_a_row == IN_A_ROW:
                state.asked_again_at = self._clock() + PAUSE_SECONDS
