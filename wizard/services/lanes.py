"""The same reading call for many things of one Region: a few at once, until a deadline."""

from collections import deque
from collections.abc import Callable, Collection
from threading import Event
from typing import Final, TypeVar

from wizard.domain import Target
from wizard.domain.errors import AwsError, RegionUnreachable
from wizard.services.fanout import Answer, ask_together

T = TypeVar("T")

AT_ONCE: Final = 8
# Leaves a page a second of its deadline (`domain/waiting.py`).
READ_SECONDS: Final = 4.0


def read_each(
    *, target: Target, names: Collection[str], read: Callable[[str], T]
) -> dict[str, Answer[T]]:
    """Return the answer for each name; one that was not reached in time has the error."""
    left, is_over = deque(dict.fromkeys(names)), Event()
    found: dict[str, Answer[T]] = {}

    def lane() -> None:
        while not is_over.is_set():
            try:
                name = left.popleft()
            except IndexError:
                return
            try:
                found[name] = Answer(value=read(name))
            except AwsError as error:
                found[name] = Answer(error=error)

    lanes = ask_together(
        target=target,
        calls=dict.fromkeys(range(min(AT_ONCE, len(left))), lane),
        deadline_seconds=READ_SECONDS,
    )
    is_over.set()
    errors = [answer.error for answer in lanes.values() if answer.error is not None]
    late = errors[0] if errors else RegionUnreachable(code="Deadline", region=target.region)
    done = dict(found)
    return {name: done.get(name, Answer(error=late)) for name in dict.fromkeys(names)}
