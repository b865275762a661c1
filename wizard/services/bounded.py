"""A thread pool with a limit of concurrent calls per Region; it yields results as they complete.

Only the calls run in threads. `may_start` and the use of results run in the caller's thread, which
owns the database connection.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Generic, TypeVar

J = TypeVar("J")
T = TypeVar("T")

AT_ONCE = 4
TICK_SECONDS = 5.0
# An upper bound; threads are created on demand. 34 Regions with four calls each need 136.
_MOST_THREADS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Generic[J, T]):
    """The result of one job: a value, or the exception that its call raised."""

    job: J
    value: T | None = None
    error: BaseException | None = None


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
    ) -> None:
        self._place_of = place_of
        self._call = call
        self._may_start = may_start
        self._at_once = at_once
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
            while self._start(pool):
                done, _ = wait(self._running, timeout=tick_seconds, return_when=FIRST_COMPLETED)
                yield [self._ended(future) for future in done]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _start(self, pool: ThreadPoolExecutor) -> bool:
        """Start jobs up to the limit of every place; return whether any is running."""
        for place, jobs in self._waiting.items():
            while jobs and self._busy[place] < self._at_once:
                job = jobs.popleft()
                if self._may_start(job):
                    self._busy[place] += 1
                    self._running[pool.submit(copy_context().run, self._call, job)] = job
        return bool(self._running)

    def _ended(self, future: Future[T]) -> Ended[J, T]:
        job = self._running.pop(future)
        self._busy[self._place_of(job)] -= 1
        error = future.exception()
        if error is not None:
            return Ended(job=job, error=error)
        return Ended(job=job, value=future.result())
