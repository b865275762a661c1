"""The tables of the page of operations: rows, the filter by state, and pages of each section."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.models import Operation, OperationState
from wizard.services import operations
from wizard.views.cleanups.listing import CleanUpRow
from wizard.views.deletions.listing import DeletionRow
from wizard.views.operations.titles import batch_url, is_running, operation_url, title_of
from wizard.views.table_filters import Filter, options
from wizard.views.tables import Listing, cut_listing, listing_of, pages_of
from wizard.views.templates.operation_rows import INTERRUPTED, TemplateOperationRow
from wizard.web import ConsoleRequest
from wizard.words import Text

LIMIT = 50

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
    def name(self) -> str:
        return self.first.ecr_repository_prefix

    @property
    def prefixes(self) -> list[str]:
        return [self.name]

    @property
    def url(self) -> str:
        is_one = len(self.operations) == 1
        return operation_url(self.first) if is_one else batch_url(self.first)

    @property
    def started_at(self) -> datetime:
        return self.first.created_at

    @property
    def actor(self) -> User:
        return self.first.actor

    @property
    def title(self) -> str:
        return str(title_of(self.operations))

    @property
    def regions(self) -> list[str]:
        """Return the codes of the Regions; also the sort key of the column."""
        return [each.region for each in self.operations]

    @property
    def status(self) -> str:
        """The name of the icon; a warning if only a part succeeded."""
        states = {each.state for each in self.operations}
        if is_running(self.operations) or states == {OperationState.CLEANED}:
            return "pending"
        if OperationState.SUCCEEDED not in states:
            return "failed"
        return "valid" if len(states) == 1 else "warning"


# A row of the list of operations.
OperationRow = BatchRow | DeletionRow | CleanUpRow | TemplateOperationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One page of the operations that need an action for one reason.

    `is_cut`: there may be more than the `total`, which are the oldest.
    """

    listing: Listing[OperationRow]
    total: int
    is_cut: bool


def batch_rows(found: Iterable[Operation]) -> list[OperationRow]:
    """Return a row for each operation by itself."""
    return [BatchRow(operations=[each]) for each in found]


def newest_first(rows: Iterable[OperationRow]) -> list[OperationRow]:
    """Return the newest rows of batches and deletions in one order."""
    return sorted(rows, key=lambda row: row.started_at, reverse=True)[:LIMIT]


def latest_listing(
    request: ConsoleRequest, rows: Sequence[OperationRow], state: str
) -> Listing[OperationRow]:
    """Return a page of the newest rows, which are those in the state if one is chosen."""
    return listing_of(
        request,
        rows,
        table="operations",
        searched=_searched,
        filters=[_state_filter(state)],
        is_filtered=bool(state),
    )


def _state_filter(state: str) -> Filter:
    choices = [(value, str(word)) for value, word in STATES.items()]
    return Filter(name="state", label=_("State"), options=options(choices, state))


def section_of(request: ConsoleRequest, name: str, rows: Sequence[OperationRow]) -> Section:
    """Return the page of a section that the query string names, such as `?orphans=2`."""
    page = Paginator(rows, LIMIT).get_page(request.GET.get(name))
    listing = cut_listing(
        request,
        list(page),
        table="operations",
        pages=pages_of(request.GET, page, name=name),
        sorts=False,
    )
    count = page.paginator.count
    return Section(listing=listing, total=count, is_cut=count >= operations.MOST_LISTED)


def _searched(row: OperationRow) -> list[str]:
    """Return the texts in which an operation is searched for."""
    return [*row.prefixes, row.title, str(row.actor), *row.regions]
