"""The members of AWS's answers, with the types that the console relies on.

botocore does not check the types of an answer's members. JSON can also contain what neither a page
nor a database takes: NUL, halves of surrogate pairs, times of any year.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from wizard.domain.errors import UnexpectedAwsError
from wizard.domain.facts import storable_text

# Times of other years cannot be shown in every time zone.
_YEARS: Final = range(2, 9999)
# What no address of a page can have, and how long a name is at most (`web/converters.py`).
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_NAME: Final = 256
# The largest number that AWS's type Long has.
_MOST: Final = 2**63 - 1


def member(answer: Mapping[str, Any], name: str, operation: str) -> Any:
    """Return a required member of a response; raises UnexpectedAwsError if it is missing.

    botocore parses a truncated response as one with fewer members, and passes a null in a list on.
    """
    if not isinstance(answer, Mapping):  # guard: F15
        raise wrong_type(name, operation)
    if name in answer:
        return answer[name]
    raise UnexpectedAwsError(
        f"The answer lacks {name}.",
        code="MalformedAnswer",
        operation=operation,
        request_id=answer.get("ResponseMetadata", {}).get("RequestId", ""),
    )


def text_member(item: Mapping[str, Any], name: str, operation: str) -> str:
    """Return a required text; raises UnexpectedAwsError."""
    text = member(item, name, operation)
    if isinstance(text, str):
        return storable_text(text)
    raise wrong_type(name, operation)


def name_member(item: Mapping[str, Any], name: str, operation: str) -> str:
    """Return the required name of a rule or a template, as addresses of pages can have it.

    AWS has no names with control characters and none that are longer. One that it returned all the
    same is replaced or cut, so that the others are still shown. Raises UnexpectedAwsError for none.
    """
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text_member(item, name, operation))
    if text:  # guard: F15
        return text[:_LONGEST_NAME]
    raise UnexpectedAwsError(f"{name} is no name.", code="MalformedAnswer", operation=operation)


def flag_member(item: Mapping[str, Any], name: str, operation: str) -> bool:
    """Return a required Boolean; raises UnexpectedAwsError."""
    flag = member(item, name, operation)
    if isinstance(flag, bool):
        return flag
    raise wrong_type(name, operation)


def optional_text(item: Mapping[str, Any], name: str) -> str | None:
    """Return an optional member as text, whatever its type is."""
    value = item.get(name)
    return None if value is None else text_of(value)


def text_of(value: Any) -> str:
    """Return a value as a text that can be stored and shown, whatever its type is."""
    return storable_text(str(value))


def optional_number(item: Mapping[str, Any], name: str) -> int | None:
    """Return an optional number that counts something; None for what is no such number."""
    value = item.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _MOST else None


def optional_time(item: Mapping[str, Any], name: str) -> datetime | None:
    """Return an optional time, in UTC if it has no zone; None for one that cannot be shown."""
    time = item.get(name)
    if not isinstance(time, datetime) or time.year not in _YEARS:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def not_asked_for(name: str, operation: str) -> UnexpectedAwsError:
    """Return the error for an answer about another thing than the one that was asked for."""
    return UnexpectedAwsError(
        f"The answer is about another {name}.", code="MalformedAnswer", operation=operation
    )


def wrong_type(name: str, operation: str) -> UnexpectedAwsError:
    """Return the error for a member that is not of its documented type."""
    return UnexpectedAwsError(
        f"{name} has another type.", code="MalformedAnswer", operation=operation
    )
