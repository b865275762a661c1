"""What AWS answered to the attempts of a call before the call ends.

A call that is throttled, or whose Region cannot be reached, is attempted again after a pause. A
caller whose deadline comes during such a pause can then show the reason instead of "no answer". And
an attempt without a readable answer may have been carried out, whatever a later attempt says.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from wizard.backend.errors import error_of_attempt
from wizard.backend.refusals import refusals
from wizard.domain.errors import AwsError, is_answer_lost


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
    if error is not None or parsed_response is not None:
        # `secrets-manager` is `secretsmanager` in IAM.
        refusals.hear(service.replace("-", ""), operation, region, error)
    attempts, heard = _attempts.get(), _heard.get()
    if attempts is not None and error is not None and is_answer_lost(error):
        attempts.was_lost = True
    if heard is not None:
        heard.error = error
