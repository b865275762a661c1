"""How a line of the audit trail is shown, on its own page and on the page of a rule."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.domain import Target
from wizard.domain.errors import recorded_error
from wizard.domain.origins import Way
from wizard.services import audit
from wizard.services.audit import AuditLine, LineOutcome
from wizard.words import ErrorView, Text, error_view

WAYS: Final[Mapping[str, Text]] = {
    Way.BROWSER.value: gettext_lazy("Browser"),
    Way.TOKEN.value: gettext_lazy("API token"),
    Way.COMMAND.value: gettext_lazy("Command line"),
    Way.BACKGROUND.value: gettext_lazy("Background"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A member of the facts that differs before and after, as texts; empty if missing."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """A line of the table."""

    line: AuditLine

    @property
    def anchor(self) -> str:
        return f"event-{self.line.first.event_id}"

    @property
    def outcome(self) -> LineOutcome:
        return self.line.outcome

    @property
    def way(self) -> Text:
        return WAYS.get(self.line.first.way, self.line.first.way)

    @property
    def differences(self) -> list[Difference]:
        return _differences(self.line.before, self.line.after)

    @property
    def is_done(self) -> bool:
        """Whether the state under "after" was reached."""
        return self.outcome is LineOutcome.SUCCEEDED

    @property
    def error(self) -> ErrorView | None:
        """Return the error with the console's words and AWS's message."""
        record = self.line.last.error
        if not record:
            return None
        if "code" in record:
            return error_view(recorded_error(record))
        title = _("The console stopped (%(kind)s)") % {"kind": record.get("kind", "")}
        return ErrorView(title=title, remedy="", status=0, message=record.get("message", ""))


def _differences(before: Any, after: Any) -> list[Difference]:
    """Return the members that differ, sorted by name."""
    old, new = before or {}, after or {}
    return [
        Difference(name=name, before=_shown(old.get(name)), after=_shown(new.get(name)))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _shown(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def rule_history(target: Target, prefix: str, *, most: int = 5) -> list[LineView]:
    """Return the last changes of a rule, for its page."""
    found = audit.rule_history(target=target, ecr_repository_prefix=prefix, most=most)
    return [LineView(line=line) for line in found]
