"""AWS calls that fail at first: repeated while the error passes by itself, or read back."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from wizard.domain.errors import AwsError


def repeat_call(
    call: Callable[[], None],
    *,
    waits: Iterable[int],
    passing: tuple[type[AwsError], ...],
    before_wait: Callable[[], None] = lambda: None,
) -> None:
    """Make a call; on an error of the `passing` kinds pause and repeat it, once per entry of
    `waits` (seconds), which is read after the first such error. Another error is raised at once.
    """
    pauses: Iterator[int] | None = None
    while True:
        try:
            return call()
        except passing:
            pauses = iter(waits) if pauses is None else pauses
            seconds = next(pauses, None)
            if seconds is None:
                raise
        before_wait()
        wait(seconds)


def read_back(look: Callable[[], str], error: AwsError) -> str:
    """What AWS holds of a change whose answer was lost; raises `error` when it holds nothing."""
    with suppress(AwsError):
        if found := look():
            return found
    raise error


def wait(seconds: float) -> None:
    """Sleep. The only place in operations that does, so that tests can replace it."""
    time.sleep(seconds)
