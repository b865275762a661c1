"""What every table has: heads that sort, numbered pages, and a search.

All of it is in the query string, so that an address shows the same rows again. The templates are
the fragments of `components/_table.html`. A list that is in memory as a whole is a `Listing`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _

from wizard.domain.tables import Column
from wizard.web import ConsoleRequest, table_look_of

Row = TypeVar("Row")

LONGEST_TEXT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnHead:
    """The head of a column: a link that sorts by it, or reverses the order."""

    column: Column
    label: str
    url: str = ""
    is_sorted: bool = False
    is_descending: bool = False

    @property
    def order(self) -> str:
        """Return the value of `aria-sort`; empty for a column that does not sort."""
        if not self.url:
            return ""
        if not self.is_sorted:
            return "none"
        return "descending" if self.is_descending else "ascending"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLink:
    """A numbered link; without a number, pages that are left out."""

    number: int | None
    url: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The links to the pages of a list. An address is empty if there is no such page."""

    links: list[PageLink]
    before: str
    after: str


def heads_of(
    query: QueryDict, columns: Iterable[Column], *, sort: str, descending: bool = False
) -> list[ColumnHead]:
    """Return the heads. Their links keep the rest of the query string and show the first page."""
    address = _Addresses(query, without=("sort", "page"))
    return [
        ColumnHead(
            column=column,
            label=_(column.label),
            url=address.sorting(column, sort, descending) if column.sort_key else "",
            is_sorted=column.name == sort,
            is_descending=descending,
        )
        for column in columns
    ]


def pages_of(query: QueryDict, page: "Page[Any]", *, name: str = "page") -> Pages | None:
    """Return the links to the pages; None if there is only one."""
    if page.paginator.num_pages < 2:
        return None
    address = _Addresses(query, without=(name,))

    def link(number: int) -> str:
        return address.with_(f"{name}={number}")

    shown = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return Pages(
        links=[
            PageLink(number=number, url=link(number), is_current=number == page.number)
            if isinstance(number, int)
            else PageLink(number=None)
            for number in shown
        ],
        before=link(page.number - 1) if page.has_previous() else "",
        after=link(page.number + 1) if page.has_next() else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Row]):
    """One page of a list: rows, heads and pages, and how many there are."""

    rows: list[Row]
    heads: list[ColumnHead]
    pages: Pages | None
    text: str
    total: int
    matches: int
    classes: str

    @property
    def is_filtered(self) -> bool:
        return bool(self.text)


def listing_of(
    request: ConsoleRequest,
    rows: Collection[Row],
    *,
    columns: Collection[Column],
    searched: Callable[[Row], Iterable[str]],
) -> Listing[Row]:
    """Search, sort and cut a list as the query string says (`q`, `sort`, `page`).

    `searched` returns the texts of a row that are searched. Without a valid sort in the query
    string, the order is that of `rows`.
    """
    look = table_look_of(request)
    text = request.GET.get("q", "").strip()[:LONGEST_TEXT]
    asked = request.GET.get("sort", "")
    name, descending = asked.removeprefix("-"), asked.startswith("-")
    found = [row for row in rows if _has(text, searched(row))] if text else list(rows)
    key = next((each.sort_key for each in columns if each.name == name), "")
    if key:
        found.sort(key=_sort_key(key), reverse=descending)
    page = Paginator(found, look.page_size).get_page(request.GET.get("page"))
    return Listing(
        rows=list(page.object_list),
        heads=heads_of(request.GET, columns, sort=name if key else "", descending=descending),
        pages=pages_of(request.GET, page),
        text=text,
        total=len(rows),
        matches=len(found),
        classes=look.classes,
    )


def _has(text: str, texts: Iterable[str]) -> bool:
    return any(text.lower() in each.lower() for each in texts)


def _sort_key(member: str) -> Callable[[Any], tuple[bool, Any]]:
    """Return the sort key of rows by a member; rows without a value come first."""
    get = attrgetter(member)

    def key(row: Any) -> tuple[bool, Any]:
        value = get(row)
        if isinstance(value, datetime):
            value = value.astimezone(UTC)
        elif isinstance(value, str):
            value = value.lower()
        return value is not None, value

    return key


class _Addresses:
    """Addresses of the page with another parameter; the rest of the query string is kept."""

    def __init__(self, query: QueryDict, *, without: Iterable[str]) -> None:
        kept = query.copy()
        for name in without:
            kept.pop(name, None)
        self._kept = kept.urlencode()

    def with_(self, parameter: str) -> str:
        return f"?{self._kept}&{parameter}" if self._kept else f"?{parameter}"

    def sorting(self, column: Column, sort: str, descending: bool) -> str:
        reverses = column.name == sort and not descending
        return self.with_(f"sort={'-' if reverses else ''}{column.name}")
