"""Failed validations grouped by their reason, which is that of `words/remedies.py`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from wizard.domain.errors import LoginRefusedBefore
from wizard.models import BulkValidationItem
from wizard.words import FailureReason, error_reason, error_view, failure_reason

# ARNs and host names.
_NAMES: Final = re.compile(r"arn:[\w-]+:\S+|[\w-]+(?:\.[\w-]+)+")
# How many of AWS's messages a group keeps.
_MESSAGES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Rules that failed for one reason.

    `messages` are the first of AWS's own. They differ in the names that they mention. `code` is
    AWS's error code if the call itself failed.
    """

    key: str
    reason: FailureReason
    code: str = ""
    messages: list[str] = field(default_factory=list)
    items: list[BulkValidationItem] = field(default_factory=list)


def group_failures(items: Iterable[BulkValidationItem]) -> list[FailureGroup]:
    """Group failed items by reason, the most frequent first."""
    groups: dict[str, FailureGroup] = {}
    for item in items:
        key, reason, message = _reason_of(item)
        if reason is None:
            continue
        code = item.error.code if item.error else ""
        group = groups.setdefault(key, FailureGroup(key=key, reason=reason, code=code))
        group.items.append(item)
        if message and message not in group.messages and len(group.messages) < _MESSAGES:
            group.messages.append(message)
    return sorted(groups.values(), key=lambda group: -len(group.items))


def _reason_of(item: BulkValidationItem) -> tuple[str, FailureReason | None, str]:
    """Return the key of the item's group, its reason, and AWS's message; no reason if it passed.

    Messages that no pattern matches are grouped by their shape.
    """
    error = item.error
    if error is not None:
        reason = error_reason(error)
        is_left_out = isinstance(error, LoginRefusedBefore)
        message = str(error_view(error).title) if is_left_out else error.message
        return reason.key, reason, message
    if item.result is None or item.result.is_valid:
        return "", None, ""
    message = item.result.failure
    reason = failure_reason(message)
    key = f"{reason.key}-{_shape_of(message)}" if reason.is_general else reason.key
    return key, reason, message


def _shape_of(message: str) -> str:
    """A message without the names in it: the same problem at two registries is one group."""
    return _NAMES.sub("*", message)[:80]
