"""A thread pool with a limit of concurrent calls per Region; it yields results as they complete.

The limit may be shared with other processes, and then changes while the pool works.

Only the calls run in threads. `may_start` and the use of results run in the caller's thread, which
owns the database connection.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

J = TypeVar("J")
T = TypeVar("T")

AT_ONCE = 4
TICK_SECONDS = 5.0
# How long to wait for room, while no call runs.
_PAUSE_SECONDS = 0.5
# An upper bound; threads are created on demand. 34 Regions with four calls each need 136.
_MOST_THREADS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Generic[J, T]):
    """The result of one job: a value, or the exception that its call raised."""

    job: J
    value: T | None = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """The jobs of one place that wait, and those that run."""

    waiting: int = 0
    running: int = 0


class Rooms(Protocol):
    """The room that other processes leave for calls."""

    def adjust(self, demands: Mapping[str, Demand]) -> None:
        """Learn what is needed; called again and again."""

    def room(self, place: str) -> int:
        """Return how many calls may run at once in the place."""


class BoundedPool(Generic[J, T]):
    """Runs jobs, at most `at_once` concurrently per place.

    `may_start` is called immediately before each call; a job that may not start is dropped. Jobs
    can be added while results are read.
    """

    def __init__(
        self,
        *,
        place_of: Callable[[J], str],
        call: Callable[[J], T],
        may_start: Callable[[J], bool],
        at_once: int = AT_ONCE,
        rooms: Rooms | None = None,
    ) -> None:
        self._place_of = place_of
        self._call = call
        self._may_start = may_start
        self._at_once = at_once
        self._rooms = rooms
        self._waiting: dict[str, deque[J]] = {}
        self._busy: Counter[str] = Counter()
        self._running: dict[Future[T], J] = {}

    def add(self, jobs: Iterable[J]) -> None:
        """Queue jobs, in order within each place."""
        for job in jobs:
            self._waiting.setdefault(self._place_of(job), deque()).append(job)

    def outcomes(self, *, tick_seconds: float = TICK_SECONDS) -> Iterator[list[Ended[J, T]]]:
        """Yield lists of ended jobs; an empty list if none ended within `tick_seconds`.

        When the reader stops, running calls end by themselves and no further ones start.
        """
        pool = ThreadPoolExecutor(max_workers=_MOST_THREADS, thread_name_prefix="bounded")
        try:
            while self._start(pool) or any(self._waiting.values()):
                if not self._running:
                    threading.Event().wait(_PAUSE_SECONDS)
                    yield []
                    continue
                done, _ = wait(self._running, timeout=tick_seconds, return_when=FIRST_COMPLETED)
                yield [self._ended(future) for future in done]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _start(self, pool: ThreadPoolExecutor) -> bool:
        """Start jobs up to the limit of every place; return whether any is running."""
        if self._rooms is not None:
            self._rooms.adjust(self._demands())
        for place, jobs in self._waiting.items():
            most = self._at_once if self._rooms is None else self._rooms.room(place)
            while jobs and self._busy[place] < min(most, self._at_once):
                job = jobs.popleft()
                if self._may_start(job):
                    self._busy[place] += 1
                    self._running[pool.submit(copy_context().run, self._call, job)] = job
        return bool(self._running)

    def _demands(self) -> dict[str, Demand]:
        return {
            place: Demand(waiting=len(jobs), running=self._busy[place])
            for place, jobs in self._waiting.items()
            if jobs or self._busy[place]
        }

    def _ended(self, future: Future[T]) -> Ended[J, T]:
        job = self._running.pop(future)
        self._busy[self._place_of(job)] -= 1
        error = future.exception()
        if error is not None:
            return Ended(job=job, error=error)
        return Ended(job=job, value=future.result())
