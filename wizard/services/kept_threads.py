"""Threads for calls to AWS that are kept from one page to the next.

A page of all Regions needs 34 threads for a tenth of a second. Starting them anew took 12 % of the
page's processor time and delayed the last request by 4 ms, so a process keeps `MOST_KEPT`. They are
never waited for: calls that do not find enough idle ones, such as beside a Region that hangs, get
threads of their own, which end with them.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition
from typing import Final, TypeVar

from django.db import connections

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
        self._busy = 0
        self._pool: ThreadPoolExecutor | None = None

    def start(self, calls: Sequence[Callable[[], T]]) -> list[Future[T]]:
        """Start all calls at once, each in a thread of its own."""
        pool = self._with_room_for(len(calls))
        if pool is None:
            return _started_alone(calls)
        return [pool.submit(self._counted, call) for call in calls]

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait for the calls in kept threads, also those whose reader has gone."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)

    def _with_room_for(self, number: int) -> ThreadPoolExecutor | None:
        with self._changed:
            if self._busy + number > self._most:
                return None
            self._busy += number
            self._pool = self._pool or ThreadPoolExecutor(self._most, thread_name_prefix="fanout")
            return self._pool

    def _counted(self, call: Callable[[], T]) -> T:
        try:
            return call()
        finally:
            try:
                # The thread lives on, a connection to the database that the call opened must not.
                connections.close_all()
            finally:
                self._end()

    def _end(self) -> None:
        with self._changed:
            self._busy -= 1
            if not self._busy:
                self._changed.notify_all()


def _started_alone(calls: Sequence[Callable[[], T]]) -> list[Future[T]]:
    pool = ThreadPoolExecutor(len(calls), thread_name_prefix="fanout-once")
    futures = [pool.submit(call) for call in calls]
    pool.shutdown(wait=False)
    return futures


threads: Final = KeptThreads(MOST_KEPT)
os.register_at_fork(after_in_child=threads.forget)
