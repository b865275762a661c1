"""AWS calls that are repeated while they meet an error that passes by itself."""

import time
from collections.abc import Callable, Sequence

from wizard.domain.errors import AwsError


def repeat_call(
    call: Callable[[], None],
    *,
    waits: Sequence[int],
    passing: tuple[type[AwsError], ...],
    before_wait: Callable[[], None],
) -> None:
    """Make a call; on an error of the `passing` kinds pause and repeat it, once per entry of
    `waits` (seconds). The last attempt raises whatever it meets.
    """
    for seconds in waits:
        try:
            call()
        except passing:
            before_wait()
            wait(seconds)
        else:
            return
    call()


def wait(seconds: float) -> None:
    """Sleep. The only place in operations that does, so that tests can replace it."""
    time.sleep(seconds)
