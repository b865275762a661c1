"""The tables of the page of operations: rows, the filter by state, and pages of each section."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.models import Operation, OperationState
from wizard.services import operations
from wizard.views.operations.titles import batch_url, is_running, operation_url, title_of
from wizard.views.table_filters import Filter, options
from wizard.views.tables import Listing, cut_listing, listing_of, pages_of
from wizard.web import ConsoleRequest
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One page of the operations that need an action for one reason.

    `is_cut`: there may be more than the `total`, which are the oldest.
    """

    listing: Listing[BatchRow]
    total: int
    is_cut: bool


def latest_listing(
    request: ConsoleRequest, found: Iterable[list[Operation]], state: str
) -> Listing[BatchRow]:
    """Return a page of the newest batches, which are those in the state if one is chosen."""
    return listing_of(
        request,
        [BatchRow(operations=batch) for batch in found],
        table="operations",
        searched=_searched,
        filters=[_state_filter(state)],
        is_filtered=bool(state),
    )


def _state_filter(state: str) -> Filter:
    choices = [(value, str(word)) for value, word in STATES.items()]
    return Filter(name="state", label=_("State"), options=options(choices, state))


def section_of(request: ConsoleRequest, name: str, found: Sequence[Operation]) -> Section:
    """Return the page of a section that the query string names, such as `?orphans=2`."""
    page = Paginator(found, LIMIT).get_page(request.GET.get(name))
    listing = cut_listing(
        request,
        [BatchRow(operations=[each]) for each in page],
        table="operations",
        pages=pages_of(request.GET, page, name=name),
        sorts=False,
    )
    count = page.paginator.count
    return Section(listing=listing, total=count, is_cut=count >= operations.MOST_LISTED)


def _searched(row: BatchRow) -> list[str]:
    """Return the texts in which an operation is searched for."""
    return [row.first.ecr_repository_prefix, row.title, str(row.first.actor), *row.regions]
