"""Threads for calls to AWS that are kept from one page to the next.

A page of all Regions needs 34 threads for a tenth of a second. Starting them anew took 12 % of the
page's processor time and delayed the last request by 4 ms, so a process keeps `MOST_KEPT`. They are
never waited for: calls that do not find enough idle ones, such as beside a Region that hangs, get
threads of their own, which end with them. A call that uses the database closes its connection.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition
from typing import Final, TypeVar

T = TypeVar("T")

# One page of all Regions, and some room for calls of other pages.
MOST_KEPT: Final = 40


class KeptThreads:
    """A pool that starts calls only if there is a thread for each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.forget()

    def forget(self) -> None:
        """Begin without threads, as the child of a fork must: threads are not inherited."""
        self._changed = Condition()
        self._busy = set[object]()
        self._pool: ThreadPoolExecutor | None = None

    def start(self, calls: Sequence[Callable[[], T]]) -> list[Future[T]]:
        """Start all calls at once, each in a thread of its own."""
        places = [object() for _ in calls]
        pool = self._with_room_for(places)
        if pool is None:
            return _started_alone(calls)
        started = list[Future[T]]()
        try:
            for place, call in zip(places, calls, strict=True):
                started.append(pool.submit(self._counted, place, call))
        except RuntimeError:  # The system starts no more threads.
            self._give_back(places[len(started) :])
            raise
        return started

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait for the calls in kept threads, also those whose reader has gone."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)

    def _with_room_for(self, places: Sequence[object]) -> ThreadPoolExecutor | None:
        with self._changed:
            if len(self._busy) + len(places) > self._most:
                return None
            self._busy.update(places)
            self._pool = self._pool or ThreadPoolExecutor(self._most, thread_name_prefix="fanout")
            return self._pool

    def _counted(self, place: object, call: Callable[[], T]) -> T:
        try:
            return call()
        finally:
            self._give_back([place])

    def _give_back(self, places: Sequence[object]) -> None:
        with self._changed:
            self._busy.difference_update(places)
            if not self._busy:
                self._changed.notify_all()


def _started_alone(calls: Sequence[Callable[[], T]]) -> list[Future[T]]:
    pool = ThreadPoolExecutor(len(calls), thread_name_prefix="fanout-once")
    try:
        return [pool.submit(call) for call in calls]
    finally:
        pool.shutdown(wait=False)


threads: Final = KeptThreads(MOST_KEPT)
os.register_at_fork(after_in_child=threads.forget)
