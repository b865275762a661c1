"""The results of an operation on a template, as rows of the table of operations."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.models import TemplateChange, TemplateOperation, TemplateState, TemplateVerb
from wizard.services import places
from wizard.views.operations.results import ResultRow
from wizard.web import place_url
from wizard.words import Text, error_view

_STATUS: Final[Mapping[str, str]] = {
    TemplateState.WAITING: "pending",
    TemplateState.RUNNING: "warning",
    TemplateState.FAILED: "failed",
}
_UNKNOWN: Final[Text] = gettext_lazy("It isn't known whether AWS made the change")


def row_of(operation: TemplateOperation, change: TemplateChange) -> ResultRow:
    """Return the row of a Region."""
    is_working = operation.is_running and change.state == TemplateState.RUNNING
    is_lost = change.state == TemplateState.RUNNING and not operation.is_running
    exists = change.state in (
        TemplateState.CREATED,
        TemplateState.UPDATED,
        TemplateState.UNCHANGED,
    )
    url = ""
    if exists and operation.verb == TemplateVerb.COPY:
        url = place_url("template-detail", change.target, prefix=operation.prefix)
    error = change.error
    return ResultRow(
        region=places.region_named(change.region),
        name=operation.prefix,
        status="running" if is_working else _STATUS.get(change.state, "valid"),
        word=_UNKNOWN if is_lost else TemplateState(change.state).label,
        made=_made(change),
        error=error_view(error) if error else None,
        url=url,
    )


def _made(change: TemplateChange) -> list[str]:
    words = {
        TemplateState.CREATED: _("Template created"),
        TemplateState.UPDATED: _("Template overwritten"),
        TemplateState.DELETED: _("Template deleted"),
        TemplateState.UNCHANGED: _("Nothing. The template was already as planned."),
    }
    made = words.get(TemplateState(change.state))
    return [made] if made else []
