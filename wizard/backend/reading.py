"""Reading calls within the deadline of a request, and the bound of those that hang.

The thread of the request does not make the call: it waits for a kept thread, as long as
`domain/waiting.py` allows. A call that is given up ends by the client's own time limits. While
MOST_WAITING requests have hanging calls of one operation to a Region, further ones are not sent.
An account that is throttled, or has no credentials yet, says nothing about its Region: its calls
count for that account alone.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Final, TypeVar

from wizard.backend.attempts import Heard, current_heard, listening
from wizard.backend.kept_threads import threads
from wizard.domain import waiting
from wizard.domain.errors import AwsError, RegionUnreachable, error_record, recorded_error
from wizard.domain.waiting import Waiting

T = TypeVar("T")

# The error code of a call that is given up, or not sent, because others wait already.
CROWDED: Final = "TooManyWaiting"
NOT_SENT: Final = f"{waiting.MOST_WAITING} earlier requests wait for this answer already."
NOT_ALLOWED: Final = (
    f"No answer so far, and {waiting.MOST_WAITING} other requests of this Region or person wait."
)


def waited_for_at(account_id: str, region: str, heard: Heard) -> str:
    """Return what a call without an answer waits for: its Region, or the account in it."""
    return region if heard.error is None else f"{account_id}/{region}"  # guard: F20


# Whether another thread waits for this one up to a deadline.
_is_waited_for: ContextVar[bool] = ContextVar("is_waited_for", default=False)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Call:
    """One call of a request; `heard` is what its attempts come to."""

    operation: str
    region: str
    account_id: str
    request: Waiting
    heard: Heard

    def no_answer(self, words: str, code: str) -> AwsError:
        """Return the error of the last attempt, or that the Region does not answer."""
        if self.heard.error is not None:
            # A copy: the traceback of an exception must not be shared between threads.
            return recorded_error(error_record(self.heard.error))
        return RegionUnreachable(words, code=code, operation=self.operation, region=self.region)


class OpenCalls:
    """The reading calls of requests that have no answer yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._begun: dict[_Call, float] = {}

    @contextmanager
    def open(self, call: _Call) -> Iterator[None]:
        """The call is open inside the block. Raises an AwsError if too many others like it hang."""
        hanging = self._add(call)
        try:
            if len({each.request for each in hanging}) >= waiting.MOST_WAITING:  # guard: F20
                # What another account is told is not shown in this one.
                of_account = [each for each in hanging if each.account_id == call.account_id]
                raise (of_account or [call])[-1].no_answer(NOT_SENT, CROWDED)
            yield
        finally:
            with self._lock:
                del self._begun[call]

    def count(self, region: str) -> int:
        """Return the number of open calls to a Region."""
        with self._lock:
            return sum(call.region == region for call in self._begun)

    def _add(self, call: _Call) -> list[_Call]:
        """Add a call, and return those that hang of its operation and Region.

        Those of another account hang only if they have heard nothing.
        """
        now = time.monotonic()
        with self._lock:
            self._begun[call] = now
            return [
                each
                for each, begun in self._begun.items()
                if (each.operation, each.region) == (call.operation, call.region)
                and now - begun >= waiting.PATIENCE_SECONDS
                and (
                    each.heard.error is None or each.account_id == call.account_id  # guard: F20
                )
                and each is not call
            ]


open_calls: Final = OpenCalls()


def read(operation: str, region: str, send: Callable[[], T], *, account_id: str = "") -> T:
    """Make a reading call; raise an AwsError if there is no answer at the deadline.

    `account_id` is the account of the call, unless it is about the console's own credentials.
    """
    request = waiting.limit()
    if request is None:  # Background work, or a change that has begun.
        return send()
    heard = current_heard() or Heard()
    call = _Call(
        operation=operation, region=region, account_id=account_id, request=request, heard=heard
    )
    if _is_waited_for.get():
        return _sent(call, send)
    context = copy_context()
    (future,) = threads.start([partial(context.run, waited_for, partial(_sent, call, send))])
    return _answer(call, future)


def waited_for(work: Callable[[], T]) -> T:
    """Run what another thread waits for up to a deadline: its calls are made in this thread."""
    _is_waited_for.set(True)
    return work()


def _sent(call: _Call, send: Callable[[], T]) -> T:
    with open_calls.open(call), listening(call.heard):
        return send()


def _answer(call: _Call, future: Future[T]) -> T:
    wait([future], timeout=min(waiting.PATIENCE_SECONDS, call.request.seconds_left))
    if not future.done():
        place = waited_for_at(call.account_id, call.region, call.heard)
        with call.request.on([place]) as allowed:
            if not allowed:
                raise call.no_answer(NOT_ALLOWED, CROWDED)
            wait(
                [future],
                timeout=call.request.seconds_left,  # guard: F20
            )
    if future.done():
        return future.result()
    raise call.no_answer("No answer in time.", "Deadline")
