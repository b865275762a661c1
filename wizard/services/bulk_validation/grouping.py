"""Failed validations grouped by their reason."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from wizard.domain.errors import AwsError
from wizard.models import BulkValidationItem

# ARNs and host names.
_NAMES = re.compile(r"arn:[\w-]+:\S+|[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Rules that failed for one reason; `error` when the call itself failed.

    `reasons` are AWS's own words. They are of one shape and differ in the names that they mention.
    """

    error: AwsError | None
    reasons: list[str] = field(default_factory=list)
    items: list[BulkValidationItem] = field(default_factory=list)


def group_failures(items: Iterable[BulkValidationItem]) -> list[FailureGroup]:
    """Group failed items by reason, the most frequent first."""
    groups: dict[tuple[str, str], FailureGroup] = {}
    for item in items:
        error, reason = item.error, ""
        if error is not None:
            reason = error.message
        elif item.result is not None and not item.result.is_valid:
            reason = item.result.failure
        else:
            continue
        key = (f"{type(error).__name__} {error.code if error else ''}", _shape_of(reason))
        group = groups.setdefault(key, FailureGroup(error=error))
        group.items.append(item)
        if reason and reason not in group.reasons:
            group.reasons.append(reason)
    return sorted(groups.values(), key=lambda group: -len(group.items))


def _shape_of(reason: str) -> str:
    """A reason without the names in it: the same problem at two registries is one group."""
    return _NAMES.sub("*", reason)
