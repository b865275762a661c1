"""One call per Region in parallel, with a common deadline; results are yielded as they arrive.

Regions are independent: an error in one does not affect another. For a Region without an answer at
the deadline, the error of its last attempt is the result (such as throttling), or that it is
unreachable. Its thread ends by the client's own timeouts.
"""

import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Generic, TypeVar

from wizard.backend.attempts import Heard, listening
from wizard.domain.errors import AwsError, RegionUnreachable
from wizard.domain.regions import Target

T = TypeVar("T")

DEADLINE_SECONDS = 3.0

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionAnswer(Generic[T]):
    """The result of one Region: a value or an error, and the time it took."""

    target: Target
    value: T | None = None
    error: AwsError | None = None
    seconds: float = 0.0


def fan_out(
    *,
    targets: Collection[Target],
    call: Callable[[Target], T],
    deadline_seconds: float | None = None,
    clock: Clock = time.monotonic,
) -> Iterator[RegionAnswer[T]]:
    """Yield one RegionAnswer per target in the order of the answers, those without an answer last.

    The deadline starts with the first `next` and is DEADLINE_SECONDS unless another is given.
    """
    if not targets:
        return
    start, deadline = clock(), DEADLINE_SECONDS if deadline_seconds is None else deadline_seconds
    pool = ThreadPoolExecutor(max_workers=len(targets), thread_name_prefix="fanout")
    heard = {target: Heard() for target in targets}
    # The context carries the origin for the audit trail into the threads.
    pending = {
        pool.submit(copy_context().run, _outcome, target, call, clock, heard[target]): target
        for target in targets
    }
    try:
        while pending:
            left = deadline - (clock() - start)
            done, _ = wait(pending, timeout=max(left, 0), return_when=FIRST_COMPLETED)
            if not done:  # guard: F1 F3
                break
            yield from (_settled(pending, future) for future in done)
        yield from (  # guard: F2 F3
            _silent(target, heard[target], clock() - start) for target in pending.values()
        )
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _outcome(
    target: Target, call: Callable[[Target], T], clock: Clock, heard: Heard
) -> RegionAnswer[T]:
    start = clock()
    try:
        with listening(heard):
            value = call(target)
    except AwsError as error:
        return RegionAnswer(target=target, error=error, seconds=clock() - start)
    return RegionAnswer(target=target, value=value, seconds=clock() - start)


def _settled(
    pending: dict[Future[RegionAnswer[T]], Target], future: Future[RegionAnswer[T]]
) -> RegionAnswer[T]:
    del pending[future]
    return future.result()


def _silent(target: Target, heard: Heard, seconds: float) -> RegionAnswer[T]:
    nothing = RegionUnreachable("No answer in time.", code="Deadline", region=target.region)
    return RegionAnswer(target=target, error=heard.error or nothing, seconds=seconds)
