"""How long a request waits for AWS, and how many requests of one Region or person may wait.

Each request of a person has a deadline for all that it reads of AWS. After PATIENCE_SECONDS without
an answer it needs a share of the Region and of the person to wait on; of each there are
MOST_WAITING in a process. A request that may change something takes its shares before it begins and
keeps them to its end. From its first change on it has no deadline: no change is abandoned half-way.
"""

import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Condition
from typing import Final

# The deadline of a page. The pauses between the attempts of a throttled call take up to 3 seconds.
PAGE_SECONDS = 6.0
# AWS usually answers within a fraction of this.
PATIENCE_SECONDS = 1.0
# Half of the threads of a worker process of gunicorn, as OPERATIONS.md starts it.
MOST_WAITING: Final = 4


class Shares:
    """Who waits, by Region and by person: at most MOST_WAITING of each."""

    def __init__(self) -> None:
        self._changed = Condition()
        # For each key the times when its shares were taken.
        self._taken: dict[str, list[float]] = {}

    @contextmanager
    def held(self, keys: Collection[str], *, seconds: float = 0.0) -> Iterator[bool]:
        """Hold a share of each key inside the block; the value is False if one was not free.

        Waits up to `seconds` for them, unless all shares of a key have been held for
        PATIENCE_SECONDS: then their holders wait for something that hangs.
        """
        taken_at = self._take(keys, seconds)
        try:
            yield taken_at is not None
        finally:
            if taken_at is not None:
                self._give_back(keys, taken_at)

    def _take(self, keys: Collection[str], seconds: float) -> float | None:
        with self._changed:
            self._changed.wait_for(lambda: self._are_free(keys) or self._are_stuck(keys), seconds)
            if not self._are_free(keys):  # guard: F20
                return None
            now = time.monotonic()
            for key in keys:
                self._taken.setdefault(key, []).append(now)
            return now

    def _give_back(self, keys: Collection[str], taken_at: float) -> None:
        with self._changed:
            for key in keys:
                self._taken[key].remove(taken_at)
                if not self._taken[key]:
                    del self._taken[key]
            self._changed.notify_all()

    def _are_free(self, keys: Collection[str]) -> bool:
        return all(len(self._taken.get(key, ())) < MOST_WAITING for key in keys)

    def _are_stuck(self, keys: Collection[str]) -> bool:
        long_ago = time.monotonic() - PATIENCE_SECONDS
        taken = [self._taken.get(key, []) for key in keys]
        return any(len(each) >= MOST_WAITING and max(each) <= long_ago for each in taken)


@dataclass(slots=True, eq=False, kw_only=True)
class Waiting:
    """One request. `person` is empty if nobody is signed in."""

    person: str
    ends_at: float
    is_changing: bool = False
    # Whether a call that changes something was sent.
    has_changed: bool = False
    # Is closed with the request, and gives back the shares that it holds all the time.
    stack: ExitStack
    has_shares: bool = False

    @property
    def seconds_left(self) -> float:
        return max(self.ends_at - time.monotonic(), 0.0)

    def hold_shares(self, region: str) -> bool:
        """Take the shares of a request that may change something; False if they are not free."""
        held = _shares.held(_keys(self.person, region), seconds=PATIENCE_SECONDS)
        self.has_shares = self.stack.enter_context(held)
        return self.has_shares

    @contextmanager
    def on(self, places: Collection[str]) -> Iterator[Collection[str]]:
        """What of these the request may wait for inside the block, longer than usual.

        A place is a Region, or an account in it. None of them if the person already has as many
        requests that wait.
        """
        if self.has_shares:
            yield places
            return
        with ExitStack() as stack:
            if not stack.enter_context(_shares.held(_keys(self.person, ""))):
                yield ()
                return
            yield [each for each in places if stack.enter_context(_shares.held(_keys("", each)))]


_shares: Final = Shares()
_current: ContextVar[Waiting | None] = ContextVar("waiting", default=None)


@contextmanager
def limited(person: str) -> Iterator[Waiting]:
    """Inside the block, what is read of AWS is waited for up to PAGE_SECONDS in total."""
    with ExitStack() as stack:
        ends_at = time.monotonic() + PAGE_SECONDS
        waiting = Waiting(person=person, ends_at=ends_at, stack=stack)
        stack.callback(_current.reset, _current.set(waiting))
        yield waiting


def of_request() -> Waiting | None:
    """Return the current request; None in the background, and for a command."""
    return _current.get()


def limit() -> Waiting | None:
    """Return the current request if it has a deadline."""
    waiting = _current.get()
    return None if waiting is None or waiting.is_changing else waiting


def begin_change() -> None:
    """From here on, the request has no deadline."""
    waiting = _current.get()
    if waiting is not None:
        waiting.is_changing = True


def note_change() -> None:
    """Note that the request sends a call that changes something."""
    waiting = _current.get()
    if waiting is not None:
        waiting.has_changed = True


def has_changed() -> bool:
    """Whether the request has sent a call that changes something, as far as there is a request."""
    waiting = _current.get()
    return waiting is not None and waiting.has_changed


def extend(seconds: float) -> None:
    """Let the request wait for at least that long from now on."""
    waiting = _current.get()
    if waiting is not None:
        waiting.ends_at = max(waiting.ends_at, time.monotonic() + seconds)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Inside the block, the request waits no longer than that, so that it has time left."""
    waiting = limit()
    if waiting is None:
        yield
        return
    ends_at = waiting.ends_at
    waiting.ends_at = min(ends_at, time.monotonic() + seconds)
    try:
        yield
    finally:
        waiting.ends_at = ends_at


def _keys(person: str, region: str) -> list[str]:
    of_person = [f"person {person}"] if person else []
    return of_person + ([f"Region {region}"] if region else [])
