"""The list of operations: the newest batches, after those that need an action by a person."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from wizard.domain import Role
from wizard.models import AuditEvent, Operation, OperationState
from wizard.services import cut_off as cut_off_changes
from wizard.services import operations
from wizard.views.deletions.listing import interrupted_deletions, newest_deletions
from wizard.views.operations.titles import batch_url, is_running, operation_url, title_of
from wizard.views.rotations.listing import interrupted_rotations
from wizard.web import ConsoleRequest, at_account, targets_of
from wizard.words import Text

LIMIT = 50


INTERRUPTED = "interrupted"


# The states of the list's filter with their words.
STATES: dict[str, Text] = {
    "": gettext_lazy("All operations"),
    INTERRUPTED: gettext_lazy("Interrupted"),
    OperationState.RUNNING: gettext_lazy("In progress"),
    OperationState.FAILED: gettext_lazy("Failed"),
    OperationState.UNTRIED: gettext_lazy("Not tried"),
    OperationState.SUCCEEDED: gettext_lazy("Succeeded"),
    OperationState.CLEANED: gettext_lazy("Cleaned up"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A batch in the list."""

    operations: list[Operation]

    @property
    def first(self) -> Operation:
        return self.operations[0]

    @property
    def url(self) -> str:
        is_one = len(self.operations) == 1
        return operation_url(self.first) if is_one else batch_url(self.first)

    @property
    def title(self) -> str:
        return title_of(self.operations)

    @property
    def status(self) -> str:
        """The name of the icon; a warning if only a part succeeded."""
        states = {each.state for each in self.operations}
        if is_running(self.operations) or states == {OperationState.CLEANED}:
            return "pending"
        if OperationState.SUCCEEDED not in states:
            return "failed"
        return "valid" if len(states) == 1 else "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPage:
    """One page of the operations of a section, with the addresses of those beside it.

    `is_cut`: there may be more than are listed, which are the oldest.
    """

    rows: list[BatchRow]
    number: int
    pages: int
    total: int
    before: str
    after: str
    is_cut: bool


@require_safe
@at_account
def operation_list(request: ConsoleRequest) -> HttpResponseBase:
    """List the newest operations, after the interrupted ones and the secrets without a rule.

    Single changes that were cut off come first.
    """
    regions = [target.region for target in targets_of(request, Role.VIEWER)]
    wanted = request.GET.get("state", "")
    state = wanted if wanted in STATES else ""
    cut_off = _cut_off(request.account_id, regions)
    if state == INTERRUPTED:
        found = [[each] for each in reversed(cut_off)][:LIMIT]
    else:
        found = _batches(request.account_id, regions, state)
    orphans = operations.orphans(account_id=request.account_id, regions=regions)
    lost = operations.lost_rules(account_id=request.account_id, regions=regions)
    context = {
        "rows": _rows(found),
        "limit": LIMIT if len(found) >= LIMIT else 0,
        "cut_off": _page(request, "cut_off", cut_off),
        "lost": _page(request, "lost", lost),
        # What was cut off is above already, with or without a secret.
        "orphans": _page(request, "orphans", [each for each in orphans if not each.is_interrupted]),
        "changes": _changes(request.account_id, regions),
        "rotations": interrupted_rotations(request.account_id, regions),
        "cut_deletions": interrupted_deletions(request.account_id, regions),
        "deletions": newest_deletions(request.account_id, regions),
        "state": state,
        "states": [
            {"value": value, "label": label, "is_current": value == state}
            for value, label in STATES.items()
        ],
    }
    return render(request, "operations/list.html", context)


def _cut_off(account_id: str, regions: Collection[str]) -> list[Operation]:
    return operations.interrupted_operations(
        account_id=account_id, regions=regions, most=operations.MOST_LISTED
    )


def _changes(account_id: str, regions: Collection[str]) -> list[AuditEvent]:
    """The oldest changes without a result."""
    return cut_off_changes.list_cut_off(account_id=account_id, regions=regions)[:LIMIT]


def _batches(account_id: str, regions: Collection[str], state: str) -> list[list[Operation]]:
    found = operations.list_batches(
        account_id=account_id, regions=regions, state=state, limit=LIMIT
    )
    if state != OperationState.RUNNING:
        return found
    # In the database one that was cut off is in progress still.
    return [batch for batch in found if is_running(batch)]


def _page(request: ConsoleRequest, name: str, found: Sequence[Operation]) -> SectionPage:
    """The page of a section that the query string names, such as `?orphans=2`."""
    page = Paginator(found, LIMIT).get_page(request.GET.get(name))

    def link(number: int) -> str:
        query = request.GET.copy()
        query[name] = str(number)
        return f"?{query.urlencode()}"

    return SectionPage(
        rows=_rows([each] for each in page),
        number=page.number,
        pages=page.paginator.num_pages,
        total=page.paginator.count,
        before=link(page.number - 1) if page.has_previous() else "",
        after=link(page.number + 1) if page.has_next() else "",
        is_cut=page.paginator.count >= operations.MOST_LISTED,
    )


def _rows(found: Iterable[list[Operation]]) -> list[BatchRow]:
    return [BatchRow(operations=batch) for batch in found]
