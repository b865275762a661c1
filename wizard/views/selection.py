"""Which rules of a table are selected, on a page and in the form that the page sends.

With the script, the browser keeps the selection while a person sorts and pages. Without it, the
query string has it: `rule` is a selected rule as `region/prefix`, `select=page` selects the rows of
the page, and `select=all` each rule that matches the filter. A form with `scope=all` means the
latter: `filter` is the query string of the table.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from wizard.domain import Role, Target
from wizard.domain.errors import AwsError
from wizard.services import access, rules
from wizard.views.overview_memory import Memory
from wizard.views.rows import RuleQuery, RuleRow, rows_of
from wizard.web import ConsoleRequest, local_url, see_other, targets_of
from wizard.words import error_line

# The names of the form's fields, for the views that take it.
SELECTION_FIELDS: Final = ("scope", "filter", "next")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The selected rules of a page. `names` are `region/prefix`."""

    names: frozenset[str] = frozenset()
    is_page: bool = False
    is_all: bool = False

    @classmethod
    def of(cls, query: QueryDict, field: str = "rule") -> "Selection":
        """Return the selection of a query string; `field` is the name of the check boxes."""
        asked = query.get("select", "")
        return cls(
            names=frozenset(query.getlist(field)),
            is_page=asked == "page",
            is_all=asked == "all",
        )

    def has(self, name: str) -> bool:
        return self.is_all or self.is_page or name in self.names

    def count(self, page: Collection[str], matching: int) -> int:
        """Return how many rules are selected: `page` are those of the page."""
        if self.is_all:
            return matching
        return len(self.names.union(page)) if self.is_page else len(self.names)

    def elsewhere(self, shown: Iterable[str]) -> list[str]:
        """Return the selected rules that are not among those shown."""
        return [] if self.is_all else sorted(self.names.difference(shown))


NOTHING_SELECTED: Final = Selection()


def selection_context(
    request: ConsoleRequest, shown: Sequence[str], matches: int, *, field: str = "rule"
) -> dict[str, Any]:
    """Return what a list over accounts shows of the selection: `shown` can be selected.

    Nothing for a person who is no operator anywhere, and can do nothing with selected rows.
    """
    if not access.may_somewhere(user=request.user, role=Role.OPERATOR):
        return {}
    selection = Selection.of(request.GET, field)
    return {
        "selects": True,
        "selection": selection,
        "selected": {name for name in shown if selection.has(name)},
        "selected_count": selection.count(shown, matches),
        "selected_elsewhere": selection.elsewhere(shown),
    }


def selected_names(request: ConsoleRequest) -> list[str]:
    """Return the selected rules of a form as `region/prefix`.

    With `scope=all` these are the rules that match the filter, in the Regions where the person is
    an operator. A Region that cannot be read is told; the error of the only one is raised.
    """
    if request.POST.get("scope") != "all":
        return request.POST.getlist("rule")
    query = RuleQuery.of(QueryDict(request.POST.get("filter", "")))
    targets = [
        target
        for target in targets_of(request, Role.OPERATOR)
        if query.region in ("", target.region)
    ]
    return [row.name for row in query.apply(_rows(request, targets))]


def _rows(request: ConsoleRequest, targets: list[Target]) -> Iterator[RuleRow]:
    memory = Memory(request.account_id, targets)
    for answer in rules.read_everywhere(targets=targets):
        if answer.error is not None:
            if len(targets) == 1:
                raise answer.error
            _tell_unread(request, answer.target, answer.error)
        yield from rows_of(
            answer.target,
            answer.value or [],
            memory.latest,
            running=memory.running,
            known=memory.secrets,
        )


def _tell_unread(request: ConsoleRequest, target: Target, error: AwsError) -> None:
    text = _("No rule in %(region)s is selected: the Region could not be read. %(error)s")
    messages.warning(request, text % {"region": target.region, "error": error_line(error)})


def nothing_selected(request: ConsoleRequest, fallback: str) -> HttpResponse:
    """Return to the table, which says that no rule is selected."""
    messages.warning(request, _("Select at least one rule."))
    return back_to_table(request, fallback)


def back_to_table(
    request: ConsoleRequest,
    fallback: str,
    *,
    selected: Iterable[str] = (),
    field: str = "rule",
) -> HttpResponse:
    """Return to the table with its filter, order and page, and that selection or none."""
    address = local_url(request, request.POST.get("next", ""))
    address = without_selection(address, field) or fallback
    kept = urlencode([(field, name) for name in selected])
    return see_other(f"{address}{'&' if '?' in address else '?'}{kept}" if kept else address)


def without_selection(address: str, field: str = "rule") -> str:
    """Return the address of a table with its filter, order and page, but without a selection."""
    parts = urlsplit(address)
    query = QueryDict(parts.query, mutable=True)
    for name in (field, "select"):
        query.pop(name, None)
    return urlunsplit(parts._replace(query=query.urlencode()))
