"""Calls to AWS in parallel with a common deadline: of many Regions, or of the parts of one page.

Calls are independent: an error in one, of whatever kind, does not affect another. For a call
without an answer at the deadline, the error of its last attempt is the result (such as throttling),
or that the Region is unreachable. Its thread ends by the client's own timeouts.
"""

import logging
import time
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from django.db import DatabaseError, InterfaceError

from wizard.backend.attempts import Heard, listening
from wizard.domain import Target
from wizard.domain.errors import AwsError, RegionUnreachable, UnexpectedAwsError
from wizard.services.kept_threads import threads

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

DEADLINE_SECONDS = 3.0
# After this long without an answer, the caller's own work is done.
PAUSE_SECONDS = 0.025

logger = logging.getLogger(__name__)

Clock = Callable[[], float]

# How long each Region took the last time, in this process.
_last_seconds: dict[Target, float] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """The result of one call: a value or an error."""

    value: T | None = None
    error: AwsError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionAnswer(Generic[T]):
    """The result of one Region: a value or an error."""

    target: Target
    value: T | None = None
    error: AwsError | None = None


def fan_out(
    *,
    targets: Collection[Target],
    call: Callable[[Target], T],
    meanwhile: Callable[[], object] | None = None,
    deadline_seconds: float | None = None,
    clock: Clock = time.monotonic,
) -> Iterator[RegionAnswer[T]]:
    """Ask all targets now; yield one RegionAnswer each in the order of the answers.

    Those without an answer come last. The deadline is DEADLINE_SECONDS unless another is given.
    `meanwhile` is called at most once: when no answer came for PAUSE_SECONDS. By then the requests
    are sent, and no answer waits for the end of that work.
    """
    calls = {target: partial(_timed, target, call, clock) for target in slowest_first(targets)}
    regions = {target: target.region for target in targets}
    answers = _ask(calls, regions, deadline_seconds, clock, meanwhile)
    return (
        RegionAnswer(target=target, value=answer.value, error=answer.error)
        for target, answer in answers
    )


def slowest_first(targets: Collection[Target]) -> list[Target]:
    """The targets in the order in which to ask them: what took longest the last time begins.

    Preparing 34 requests takes some 50 ms of one processor. The last one to be sent is sent so much
    later, which must not be the one that everybody waits for.
    """
    return sorted(targets, key=lambda target: -_last_seconds.get(target, 0.0))


def _timed(target: Target, call: Callable[[Target], T], clock: Clock) -> T:
    begun = clock()
    try:
        return call(target)
    finally:
        _last_seconds[target] = clock() - begun


def ask_together(
    *,
    target: Target,
    calls: Mapping[K, Callable[[], T]],
    deadline_seconds: float | None = None,
    clock: Clock = time.monotonic,
) -> dict[K, Answer[T]]:
    """Make several calls to one Region in parallel; return what came of each by its name."""
    return dict(_ask(calls, dict.fromkeys(calls, target.region), deadline_seconds, clock))


def _ask(
    calls: Mapping[K, Callable[[], T]],
    regions: Mapping[K, str],
    deadline_seconds: float | None,
    clock: Clock,
    meanwhile: Callable[[], object] | None = None,
) -> Iterator[tuple[K, Answer[T]]]:
    """Start all calls before the first answer is asked for."""
    if not calls:
        return iter(())
    deadline = clock() + (DEADLINE_SECONDS if deadline_seconds is None else deadline_seconds)
    heard = {key: Heard() for key in calls}
    # The context carries the origin for the audit trail into the threads.
    started = threads.start(
        [
            partial(copy_context().run, _answer, call, heard[key], regions[key])
            for key, call in calls.items()
        ]
    )
    pending = dict(zip(started, calls, strict=True))
    silent = {key: partial(_silent, heard[key], regions[key]) for key in calls}
    return _collect(pending, silent, deadline, clock, meanwhile)


def _collect(
    pending: dict[Future[Answer[T]], K],
    silent: Mapping[K, Callable[[], Answer[T]]],
    deadline: float,
    clock: Clock,
    meanwhile: Callable[[], object] | None,
) -> Iterator[tuple[K, Answer[T]]]:
    # A queue, because `concurrent.futures.wait` visits every pending call for each answer.
    done = SimpleQueue[Future[Answer[T]]]()
    for started in pending:
        started.add_done_callback(done.put)
    while pending:
        left = max(deadline - clock(), 0)
        try:
            future = done.get(timeout=min(left, PAUSE_SECONDS) if meanwhile else left)
        except Empty:
            if meanwhile:
                meanwhile()
                meanwhile = None
                continue
            break  # guard: F1 F3
        yield pending.pop(future), future.result()
    yield from ((key, silent[key]()) for key in pending.values())  # guard: F2 F3


def _answer(call: Callable[[], T], heard: Heard, region: str) -> Answer[T]:
    """Make the call. Any error is its answer, except one of the console's own database."""
    try:
        with listening(heard):
            return Answer(value=call())
    except AwsError as error:
        return Answer(error=error)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # guard: F15
        logger.exception("A call to AWS in %s failed", region)
        return Answer(error=UnexpectedAwsError(code=type(error).__name__, region=region))


def _silent(heard: Heard, region: str) -> Answer[T]:
    nothing = RegionUnreachable("No answer in time.", code="Deadline", region=region)
    return Answer(error=heard.error or nothing)
