"""What AWS answered to the attempts of a call before the call ends.

A call that is throttled, or whose Region cannot be reached, is attempted again after a pause. A
caller whose deadline comes during such a pause can then show the reason instead of "no answer". And
an attempt without a readable answer may have been carried out, whatever a later attempt says.

Observers are told of each attempt, such as the metrics.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from wizard.backend.errors import error_of_attempt
from wizard.backend.refusals import refusals
from wizard.backend.signing import signing_account
from wizard.domain import errors
from wizard.domain.errors import AwsError, is_answer_lost


class Outcome(StrEnum):
    """What an attempt came to, in few words: values of a label of the metrics."""

    OK = "ok"
    THROTTLED = "throttled"
    # AWS refused the credentials, or what they may do.
    DENIED = "denied"
    # No answer: no connection, no trust, no time.
    UNREACHABLE = "unreachable"
    # AWS refused the call for any other reason, or failed.
    FAILED = "failed"


_DENIED: Final = (
    errors.AccessDenied,
    errors.PassRoleDenied,
    errors.CredentialsExpired,
    errors.CredentialsInvalid,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of a call; `seconds` from sending the signed request to the parsed answer."""

    service: str
    region: str
    outcome: Outcome
    seconds: float


Observer = Callable[[Attempt], None]


@dataclass(slots=True)
class Heard:
    """The error of the last attempt; None before the first one, and after a success."""

    error: AwsError | None = None


@dataclass(slots=True)
class _Attempts:
    """Whether an attempt of the current call had no answer that could be read."""

    was_lost: bool = False


_heard: ContextVar[Heard | None] = ContextVar("heard", default=None)
_attempts: ContextVar[_Attempts | None] = ContextVar("attempts", default=None)
# When this thread's attempt was sent; an attempt is made in one thread.
_sent_at: ContextVar[float] = ContextVar("sent_at", default=0.0)
_observers: list[Observer] = []


def observe(observer: Observer) -> None:
    """Tell the observer of each attempt from now on, in the thread that makes it."""
    if observer not in _observers:
        _observers.append(observer)


def note_sending(**_request: Any) -> None:
    """Handle botocore's event before each attempt is sent."""
    _sent_at.set(time.perf_counter())


@contextmanager
def listening(heard: Heard) -> Iterator[None]:
    """Write into `heard` what this thread's attempts inside the block come to."""
    token = _heard.set(heard)
    try:
        yield
    finally:
        _heard.reset(token)


def current_heard() -> Heard | None:
    """Return what this thread's attempts are written into."""
    return _heard.get()


@contextmanager
def counted() -> Iterator[None]:
    """The attempts inside the block are one call; its error says whether an answer was lost."""
    attempts = _Attempts()
    token = _attempts.set(attempts)
    try:
        yield
    except AwsError as error:
        error.was_lost = attempts.was_lost
        raise
    finally:
        _attempts.reset(token)


def hear(
    *,
    parsed_response: Mapping[str, Any] | None,
    exception: Exception | None,
    context: Mapping[str, Any],
    event_name: str,
    **_others: Any,
) -> None:
    """Handle botocore's event after every attempt; the arguments have its names."""
    _event, service, operation = event_name.split(".")
    region = str(context.get("client_region", ""))
    error = error_of_attempt(parsed_response, exception, operation, region)
    # `secrets-manager` is `secretsmanager` in IAM.
    service = service.replace("-", "")
    if error is not None or parsed_response is not None:
        refusals.hear(signing_account(), service, operation, region, error)
    attempts, heard = _attempts.get(), _heard.get()
    if attempts is not None and error is not None and is_answer_lost(error):
        attempts.was_lost = True
    if heard is not None:
        heard.error = error
    if _observers:
        attempt = Attempt(
            service=service,
            region=region,
            outcome=Outcome.UNREACHABLE if parsed_response is None else _outcome_of(error),
            seconds=time.perf_counter() - _sent_at.get(),
        )
        for observer in _observers:
            observer(attempt)


def _outcome_of(error: AwsError | None) -> Outcome:
    """Return the outcome of an attempt that AWS answered."""
    if error is None:
        return Outcome.OK
    if isinstance(error, errors.Throttled):
        return Outcome.THROTTLED
    return Outcome.DENIED if isinstance(error, _DENIED) else Outcome.FAILED
