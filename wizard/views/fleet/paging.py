"""The pages of a long list of rules, whose number is often known without counting them."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from wizard.models import LastKnownRule
from wizard.services.fleet import groups
from wizard.views.fleet.filters import Asked
from wizard.views.fleet.rows import FleetRow, rows_of
from wizard.views.table_filters import Filter
from wizard.views.tables import Listing, cut_listing, pages_of
from wizard.web import ConsoleRequest, table_look_of


def listing_of_rules(
    request: ConsoleRequest,
    asked: Asked,
    rows: "QuerySet[LastKnownRule]",
    *,
    filters: Sequence[Filter],
) -> Listing[FleetRow]:
    """Return the page of the rules that is asked for. `rows` are those that the filters find."""
    known = None
    if asked.is_valid and groups.can_tell(asked.applied):
        known = groups.total(asked.applied, user=request.user)
    cut = RulePages(rows, table_look_of(request).page_size, known=known).get_page(asked.page)
    return cut_listing(
        request,
        rows_of(cut, user=request.user),
        table="fleet",
        pages=pages_of(request.GET, cut),
        matches=cut.paginator.count,
        filters=filters,
        is_filtered=bool(asked.applied) or not asked.is_valid,
    )


class RulePages(Paginator[LastKnownRule]):
    """Pages of rules that have a strict order. `known` is their number, unless it is not known."""

    def __init__(
        self, rows: "QuerySet[LastKnownRule]", per_page: int, *, known: int | None
    ) -> None:
        super().__init__(rows, per_page)
        self._rows = rows
        self._known = known

    @cached_property
    def count(self) -> int:
        """Return the number of all rules."""
        return self._rows.count() if self._known is None else self._known

    def page(self, number: Any) -> "Page[LastKnownRule]":
        """Return a page. In the second half, the database goes back from the end."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        after = min(first + self.per_page, self.count)
        if first <= self.count // 2:
            return Page(self._rows[first:after], number, self)
        rows = list(self._rows.reverse()[self.count - after : self.count - first])
        return Page(rows[::-1], number, self)
