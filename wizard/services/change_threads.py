"""Changes in several Regions at once, in threads that each have a database connection of their own.

All requests of a process share the bound AT_ONCE, because a database server accepts a limited
number of connections.
"""

import logging
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from threading import BoundedSemaphore
from typing import Final, TypeVar

from django.db import connections

J = TypeVar("J", bound=Hashable)

# Two workers of gunicorn with 8 threads each, and twice this number, are 40 of the 100 connections
# that PostgreSQL accepts by default.
AT_ONCE: Final = 12

free_places: Final = BoundedSemaphore(AT_ONCE)

logger = logging.getLogger(__name__)


def work_through(
    jobs: Iterable[J],
    work: Callable[[J], None],
    *,
    meanwhile: Callable[[], None],
    every_seconds: float,
) -> None:
    """Do the work on all jobs in parallel; `meanwhile` is called every so many seconds.

    An exception ends the work on one job only; what it left undone is told by the caller's rows.
    """

    def work_in_thread(job: J) -> None:
        with free_places:  # guard: B8
            try:
                work(job)
            except Exception:  # guard: B8
                logger.exception("The work on %s failed", job)
            finally:
                connections.close_all()  # guard: B8

    # Each thread ends by the time limits of its own calls.
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="changes") as pool:
        running = [pool.submit(copy_context().run, work_in_thread, job) for job in jobs]
        while wait(running, timeout=every_seconds).not_done:
            meanwhile()
    for future in running:
        future.result()
