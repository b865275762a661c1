"""How a rule of a bulk validation and a group of failures are shown."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from wizard.models import BulkValidationItem, ItemState
from wizard.services.bulk_validation import FailureGroup
from wizard.words import Text, error_reason, failure_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """A row of the table; `prefix` is empty for a Region that could not be listed."""

    item: BulkValidationItem

    @property
    def anchor(self) -> str:
        return f"item-{self.item.pk}"

    @property
    def prefix(self) -> str:
        return self.item.ecr_repository_prefix

    @property
    def status(self) -> str:
        """Return the result, or the state of the item, for the status component."""
        if self.item.state == ItemState.DONE and self.item.result is not None:
            return "valid" if self.item.result.is_valid else "failed"
        return str(self.item.state)

    @property
    def reason(self) -> str:
        """Return AWS's message verbatim."""
        error = self.item.error
        if error is not None:
            return error.message or error.code
        return self.item.result.failure if self.item.result else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRules:
    """Rules that failed for the same reason: AWS's message, the title, and the remedy."""

    title: Text
    reasons: list[str]
    remedy: Text
    code: str
    rows: list[ItemRow]


def rows_of(items: Iterable[BulkValidationItem]) -> list[ItemRow]:
    return [ItemRow(item=item) for item in items]


def group_of(group: FailureGroup) -> FailedRules:
    message = "\n".join(group.reasons)
    reason = failure_reason(message) if group.error is None else error_reason(group.error)
    title = reason.title
    if group.error is None:
        title = _("Validation failed: %(reason)s") % {"reason": reason.title}
    return FailedRules(
        title=title,
        reasons=group.reasons,
        remedy=reason.remedy,
        code=group.error.code if group.error else "",
        rows=rows_of(group.items),
    )
