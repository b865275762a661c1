"""Serialises AWS errors for the database, with what is known about the failed call."""

from collections.abc import Mapping
from typing import Any, Final

from wizard.domain.errors.aws import ANSWER_LOST, AwsError, UnexpectedAwsError
from wizard.domain.errors.base import descendants

# Boolean attributes of AwsError, which are stored only when true.
ERROR_FLAGS: Final = ("was_lost", "was_not_made")


def is_answer_lost(error: AwsError) -> bool:
    """Whether it is unknown if AWS made the change, because an attempt had no readable response."""
    return error.was_lost or (isinstance(error, ANSWER_LOST) and not error.was_not_made)


def known_not_made(error: AwsError) -> AwsError:
    """Return the same error, marked as a change that AWS has not made."""
    error.was_lost, error.was_not_made = False, True
    return error


def error_record(error: AwsError) -> dict[str, Any]:
    """Serialise an AWS error for `recorded_error`."""
    known = {name: True for name in ERROR_FLAGS if getattr(error, name)}
    return {
        **known,
        "kind": type(error).__name__,
        "message": error.message,
        "code": error.code,
        "operation": error.operation,
        "region": error.region,
        "request_id": error.request_id,
    }


def recorded_error(record: Mapping[str, Any]) -> AwsError:
    """Deserialise an error; UnexpectedAwsError if its class no longer exists."""
    kinds = {kind.__name__: kind for kind in descendants(AwsError)}
    fields: dict[str, Any] = {name: value for name, value in record.items() if name != "kind"}
    return kinds.get(record["kind"], UnexpectedAwsError)(**fields)
