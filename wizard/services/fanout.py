"""Calls to AWS in parallel with a common deadline: of many Regions, or of the parts of one page.

Calls are independent: an error in one, of whatever kind, does not affect another. For a call
without an answer at the deadline, the error of its last attempt is the result (such as throttling),
or that the Region is unreachable. Its thread ends by the client's own timeouts. The deadline is
not later than that of the request, and a Region that hangs is given up sooner if as many requests
wait for it as may (`domain/waiting.py`).
"""

import logging
import time
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from django.db import DatabaseError, InterfaceError, connections

from wizard.backend.attempts import Heard, listening
from wizard.backend.kept_threads import threads
from wizard.backend.reading import CROWDED, NOT_ALLOWED, waited_for, waited_for_at
from wizard.domain import Target, waiting
from wizard.domain.errors import AwsError, RegionUnreachable, UnexpectedAwsError
from wizard.domain.waiting import Waiting

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

DEADLINE_SECONDS = 3.0
# After this long without an answer, the caller's own work is done.
PAUSE_SECONDS = 0.025

logger = logging.getLogger(__name__)

Clock = Callable[[], float]

# How long each Region took the last time, in this process, in whichever account.
_last_seconds: dict[str, float] = {}


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
    places = {target: target for target in targets}
    answers = _ask(calls, places, deadline_seconds, clock, meanwhile)
    return (
        RegionAnswer(target=target, value=answer.value, error=answer.error)
        for target, answer in answers
    )


def slowest_first(targets: Collection[Target]) -> list[Target]:
    """The targets in the order in which to ask them: what took longest the last time begins.

    Preparing 34 requests takes some 50 ms of one processor. The last one to be sent is sent so much
    later, which must not be the one that everybody waits for.
    """
    return sorted(targets, key=lambda target: -_last_seconds.get(target.region, 0.0))


def _timed(target: Target, call: Callable[[Target], T], clock: Clock) -> T:
    begun = clock()
    try:
        return call(target)
    finally:
        _last_seconds[target.region] = clock() - begun


def ask_together(
    *,
    target: Target,
    calls: Mapping[K, Callable[[], T]],
    deadline_seconds: float | None = None,
    clock: Clock = time.monotonic,
) -> dict[K, Answer[T]]:
    """Make several calls to one Region in parallel; return what came of each by its name."""
    return dict(_ask(calls, dict.fromkeys(calls, target), deadline_seconds, clock))


def _ask(
    calls: Mapping[K, Callable[[], T]],
    targets: Mapping[K, Target],
    deadline_seconds: float | None,
    clock: Clock,
    meanwhile: Callable[[], object] | None = None,
) -> Iterator[tuple[K, Answer[T]]]:
    """Start all calls before the first answer is asked for."""
    if not calls:
        return iter(())
    seconds = DEADLINE_SECONDS if deadline_seconds is None else deadline_seconds
    request, now = waiting.limit(), clock()
    patience = None
    if request is not None:
        seconds = min(seconds, request.seconds_left)
        patience = _Patience(request=request, ends_at=now + waiting.PATIENCE_SECONDS)
    heard = {key: Heard() for key in calls}
    # The context carries the origin for the audit trail into the threads.
    started = threads.start(
        [
            partial(copy_context().run, _in_thread, call, heard[key], targets[key].region)
            for key, call in calls.items()
        ]
    )
    pending = {
        future: _Pending(key=key, target=targets[key], heard=heard[key])
        for future, key in zip(started, calls, strict=True)
    }
    return _collect(pending, now + seconds, clock, meanwhile, patience)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending(Generic[K]):
    """A call without an answer so far."""

    key: K
    target: Target
    heard: Heard

    @property
    def place(self) -> str:
        """Return what the call waits for."""
        return waited_for_at(self.target.account_id, self.target.region, self.heard)

    def silent(self, words: str = "No answer in time.", code: str = "Deadline") -> Answer[Any]:
        nothing = RegionUnreachable(words, code=code, region=self.target.region)
        return Answer(error=self.heard.error or nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patience:
    """When the request has to ask whether it may wait longer."""

    request: Waiting
    ends_at: float


def _collect(
    pending: dict[Future[Answer[T]], _Pending[K]],
    deadline: float,
    clock: Clock,
    meanwhile: Callable[[], object] | None,
    patience: _Patience | None,
) -> Iterator[tuple[K, Answer[T]]]:
    # A queue, because `concurrent.futures.wait` visits every pending call for each answer.
    done = SimpleQueue[Future[Answer[T]]]()
    for started in pending:
        started.add_done_callback(done.put)
    with ExitStack() as shares:
        while pending:
            ends_at = min(deadline, patience.ends_at) if patience else deadline
            left = max(ends_at - clock(), 0)
            try:
                future = done.get(timeout=min(left, PAUSE_SECONDS) if meanwhile else left)
            except Empty:
                if meanwhile:
                    meanwhile()
                    meanwhile = None
                    continue
                if patience and patience.ends_at < deadline:
                    places = {future: each.place for future, each in pending.items()}
                    allowed = shares.enter_context(patience.request.on(set(places.values())))
                    yield from _given_up(pending, places, allowed)
                    patience = None
                    continue
                break  # guard: F1 F3
            if future in pending:
                yield pending.pop(future).key, future.result()
    yield from ((each.key, each.silent()) for each in pending.values())  # guard: F2 F3


def _given_up(
    pending: dict[Future[Answer[T]], _Pending[K]],
    places: Mapping[Future[Answer[T]], str],
    allowed: Collection[str],
) -> Iterator[tuple[K, Answer[T]]]:
    """Take out what is not waited for any longer, because too many requests wait already."""
    for future, each in list(pending.items()):
        if places[future] not in allowed:
            yield pending.pop(future).key, each.silent(NOT_ALLOWED, CROWDED)


def _in_thread(call: Callable[[], T], heard: Heard, region: str) -> Answer[T]:
    try:
        return waited_for(partial(_answer, call, heard, region))
    finally:
        # The thread lives on; a connection to the database that the call opened must not.
        connections.close_all()  # guard: B8


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
