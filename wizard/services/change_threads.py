"""Changes in several Regions at once, in threads that each have a database connection of their own.

All requests of a process share the bound AT_ONCE, because a database server accepts a limited
number of connections. A few rows of each Region are worked on at a time. A Region that does not
respond costs one time limit: what is left there is not tried.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from threading import BoundedSemaphore
from typing import Final, Protocol, TypeVar

from django.db import connections

from wizard.domain.errors import AwsError, RegionUnreachable
from wizard.models import HeldRow
from wizard.services import held
from wizard.services.held import LeaseLost

# Two workers of gunicorn with 8 threads each, and twice this number, are 40 of the 100 connections
# that PostgreSQL accepts by default.
AT_ONCE: Final = 12
# As many rows of a Region are worked on at once, because AWS throttles the calls of a Region.
LANES: Final = 4

free_places: Final = BoundedSemaphore(AT_ONCE)

logger = logging.getLogger(__name__)


class Row(Protocol):
    """A row of the journal about one thing in one Region; `error` is that of the last attempt."""

    region: str

    @property
    def error(self) -> AwsError | None: ...


R = TypeVar("R", bound=Row)


def work_through(
    rows: Collection[R],
    work: Callable[[R], None],
    *,
    leave: Callable[[R, AwsError], None],
    lease_of: HeldRow,
) -> None:
    """Do the work on all rows of an operation, whose lease is renewed meanwhile.

    After a row whose Region did not respond, `leave` gets the other rows of the Region that were
    not begun, and the error. LeaseLost ends the work in its thread. Any other exception ends that
    on one lane; what it left undone is told by the caller's rows.
    """
    silent: dict[str, AwsError] = {}

    def work_on(lane: Collection[R]) -> None:
        with suppress(LeaseLost):
            for row in lane:
                if row.region in silent:  # guard: B12
                    leave(row, silent[row.region])
                    continue
                work(row)
                if isinstance(row.error, RegionUnreachable):
                    silent[row.region] = row.error

    def work_in_thread(lane: Collection[R]) -> None:
        with free_places:  # guard: B8
            try:
                work_on(lane)
            except Exception:  # guard: B8
                logger.exception("The work in %s failed", {row.region for row in lane})
            finally:
                connections.close_all()  # guard: B8

    # Each thread ends by the time limits of its own calls.
    with held.kept([lease_of]), ThreadPoolExecutor(AT_ONCE, thread_name_prefix="changes") as pool:
        running = [
            pool.submit(copy_context().run, work_in_thread, lane) for lane in list(_lanes(rows))
        ]
    for future in running:
        future.result()


def run_together(lanes: Collection[Callable[[], None]]) -> None:
    """Run the work of several Regions at once; that of one in this thread.

    An exception ends its own lane only, and is logged: the rows of the caller say what is left.
    """
    if len(lanes) < 2:
        for lane in lanes:
            lane()
        return

    def run(lane: Callable[[], None]) -> None:
        with free_places:  # guard: B8
            try:
                lane()
            except Exception:  # guard: B8
                logger.exception("The work in a Region failed")
            finally:
                connections.close_all()  # guard: B8

    with ThreadPoolExecutor(min(len(lanes), AT_ONCE), thread_name_prefix="regions") as pool:
        for lane in lanes:
            pool.submit(copy_context().run, run, lane)


def _lanes(rows: Collection[R]) -> Iterator[Collection[R]]:
    """Yield rows that are worked on in sequence; the first lane of each Region comes first."""
    by_region: dict[str, list[R]] = {}
    for row in rows:
        by_region.setdefault(row.region, []).append(row)
    for number in range(LANES):
        yield from (lane for of in by_region.values() if (lane := of[number::LANES]))
