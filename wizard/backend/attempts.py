"""What AWS said to the attempts of a call so far, for whoever will not wait for the next one.

A call that is throttled, or whose Region cannot be reached, is made again with pauses. When the
page's deadline comes in such a pause, the reason is known, and better told than "no answer".
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from wizard.backend.errors import error_of_attempt, note_attempt
from wizard.domain.errors import AwsError


@dataclass(slots=True)
class Heard:
    """The last attempt's error; None before there was one, and after one that succeeded."""

    error: AwsError | None = None


_heard: ContextVar[Heard | None] = ContextVar("heard", default=None)


@contextmanager
def listening(heard: Heard) -> Iterator[None]:
    """Write into `heard` what AWS says to this thread's attempts inside the block."""
    token = _heard.set(heard)
    try:
        yield
    finally:
        _heard.reset(token)


def hear(
    *,
    parsed_response: Mapping[str, Any] | None,
    exception: Exception | None,
    context: Mapping[str, Any],
    event_name: str,
    **_others: Any,
) -> None:
    """botocore's event after every attempt, by the names of its arguments."""
    operation, region = event_name.rpartition(".")[2], str(context.get("client_region", ""))
    error = error_of_attempt(parsed_response, exception, operation, region)
    note_attempt(error)
    heard = _heard.get()
    if heard is not None:
        heard.error = error
