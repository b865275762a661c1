"""The list of the Regions of all accounts: when each was read, and why it could not be."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.exports import ListedReading
from wizard.models import Account, RegionReading
from wizard.services.fleet import readings, rules
from wizard.views.fleet import filters, page
from wizard.views.fleet.filters import Asked, ReadingFilters
from wizard.views.fleet.page import asked_format, downloads, fleet_file
from wizard.views.tables import cut_listing, pages_of
from wizard.web import ConsoleRequest, place_url, table_look_of
from wizard.words import ErrorView, error_view

_UNLISTED = ("account",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRow:
    """A Region of an account as a row of the table."""

    reading: RegionReading
    account: Account | None

    @property
    def url(self) -> str:
        return place_url("rule-list", self.reading.target)

    @property
    def error(self) -> ErrorView | None:
        error = self.reading.error
        return error_view(error) if error is not None else None

    @property
    def state(self) -> str:
        """Return the state; `unread` for a Region that was not even tried."""
        state = state_of(self.reading)
        return "unread" if state == "never" and not self.reading.failed_at else state


@require_safe
def fleet_readings(request: ConsoleRequest) -> HttpResponseBase:
    """Show a page of the Regions that match; with `format`, all of them as a file."""
    rows = readings.fleet_readings(user=request.user)
    asked = Asked(request.GET, rows, filters=ReadingFilters)
    format_name = asked_format(request)
    if format_name and asked.is_valid:
        return fleet_file(
            _lines(asked.rows), ListedReading, format_name=format_name, content="fleet-regions"
        )
    found = asked.rows
    sort, descending = asked.order
    if sort:
        found = readings.in_order(found, sort, descending=descending)
    cut = Paginator(found, table_look_of(request).page_size).get_page(asked.page)
    known = rules.accounts_of(each.account_id for each in cut)
    listing = cut_listing(
        request,
        [ReadingRow(reading=each, account=known.get(each.account_id)) for each in cut],
        table="fleet-readings",
        pages=pages_of(request.GET, cut),
        matches=cut.paginator.count,
        filters=_filters(request, asked),
        is_filtered=bool(asked.applied) or not asked.is_valid,
    )
    context = {
        "listing": listing,
        "applied": page.applied_filters(request, asked, _UNLISTED),
        "kept": page.kept_filters(asked, _UNLISTED),
        "downloads": downloads(),
    }
    return page.fleet_page(request, "fleet/readings.html", context, asked=asked)


def state_of(reading: RegionReading) -> str:
    """Return the state: never read, not readable the last time, or read."""
    if reading.read_at is None:
        return "never"
    return "failed" if reading.failed_at is not None else "read"


def line_of(reading: RegionReading, account: Account | None) -> ListedReading:
    """Return a Region as a line of a file."""
    error = reading.error
    return ListedReading(
        account_id=reading.account_id,
        alias=account.alias if account else "",
        owner=account.owner if account else "",
        region=reading.region,
        state=state_of(reading),
        read_at=_iso(reading.read_at),
        failed_at=_iso(reading.failed_at),
        failure=error.message if error else "",
        error_code=error.code if error else "",
        request_id=error.request_id if error else "",
    )


def _lines(rows: "QuerySet[RegionReading]") -> Iterator[ListedReading]:
    for chunk in rules.all_rows(rows, ("account_id", "region")):
        known = rules.accounts_of(each.account_id for each in chunk)
        for each in chunk:
            yield line_of(each, known.get(each.account_id))


def _filters(request: ConsoleRequest, asked: Asked) -> list[Any]:
    """Return the lists beside the search."""
    regions = filters.region_choices()
    states = [(key, str(text)) for key, text in filters.STATES.items()]
    ages = [(key, str(text)) for key, (_age, text) in filters.AGES.items()]
    listed = (
        ("region", _("Region"), _("Any Region"), regions),
        ("state", _("State"), _("Any state"), states),
        ("age", _("Last read"), _("Read at any time"), ages),
    )
    return [
        *page.owner_filter(request, request.GET.get("owner", "")),
        *(
            page.choice_filter(name, label, anything, choices, asked.value(name))
            for name, label, anything, choices in listed
        ),
    ]


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""
