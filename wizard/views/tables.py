"""What every table has: heads that sort, pages, and a search.

All of it is in the query string, so that an address shows the same rows again. The templates are
the fragments of `components/_table.html`, which show a `Listing`. `listing_of` makes one of a list
that is in memory as a whole, `cut_listing` one of rows that the database has sorted and cut.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _

from wizard.domain.tables import TABLES, Column
from wizard.views.table_filters import Filter, order_filter
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
    """The links to the pages of a list. An address is empty if there is no such page.

    Pages that are found by a key instead of a number have no `links`: they are told as newer and
    older, and `first` is the newest.
    """

    links: Sequence[PageLink] = ()
    first: str = ""
    before: str
    after: str


def heads_of(
    query: QueryDict,
    columns: Iterable[Column],
    *,
    sort: str,
    descending: bool = False,
    sorts: bool = True,
    anchor: str = "",
) -> list[ColumnHead]:
    """Return the heads. Their links keep the rest of the query string and show the first page.

    `anchor` is the ID of the table if it is not at the top of the page.
    """
    address = _Addresses(query, without=("sort", "page"), anchor=anchor)
    return [
        ColumnHead(
            column=column,
            label=_(column.label),
            url=address.sorting(column, sort, descending) if column.sort_key and sorts else "",
            is_sorted=column.name == sort,
            is_descending=descending,
        )
        for column in columns
    ]


def pages_of(
    query: QueryDict, page: "Page[Any]", *, name: str = "page", anchor: str = ""
) -> Pages | None:
    """Return the links to the pages; None if there is only one."""
    if page.paginator.num_pages < 2:
        return None
    address = _Addresses(query, without=(name,), anchor=anchor)

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


def keyset_pages(query: QueryDict, *, newer: int | None, older: int | None) -> Pages | None:
    """Return the links to the pages beside one that was found by a key, `before` or `after`."""
    if newer is None and older is None:
        return None
    address = _Addresses(query, without=("before", "after"))
    return Pages(
        first=address.without if newer is not None else "",
        before="" if newer is None else address.with_(f"after={newer}"),
        after="" if older is None else address.with_(f"before={older}"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[Row]):
    """One page of a table: rows, heads and pages, and how many rows there are.

    `shows` are the names of the visible columns, and `label` is the label of each. `total` and
    `matches` are None where the database does not count.
    """

    table: str
    rows: Sequence[Row]
    heads: Sequence[ColumnHead]
    shows: Collection[str]
    label: Mapping[str, str]
    pages: Pages | None
    classes: str
    text: str = ""
    total: int | None = None
    matches: int | None = None
    is_filtered: bool = False
    filters: Sequence[Filter] = ()

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return len(self.heads)


def listing_of(
    request: ConsoleRequest,
    rows: Collection[Row],
    *,
    table: str,
    searched: Callable[[Row], Iterable[str]],
    filters: Sequence[Filter] = (),
    is_filtered: bool = False,
    anchor: str = "",
    sorts: bool = True,
) -> Listing[Row]:
    """Search, sort and cut a list as the query string says (`q`, `sort`, `page`).

    `searched` returns the texts of a row that are searched. Without a valid sort in the query
    string, the order is that of `rows`. `is_filtered`: one of `filters` has left out rows already.
    `anchor` is the ID of the table if it is not at the top of the page. With `sorts=False` the
    order stays that of `rows` and the heads have no links, because the rows are just changing.
    """
    text = search_of(request)
    sort, descending = sort_of(request, table) if sorts else ("", False)
    found = [row for row in rows if _has(text, searched(row))] if text else list(rows)
    if sort:
        key = next(each.sort_key for each in TABLES[table] if each.name == sort)
        found.sort(key=_sort_key(key), reverse=descending)
    page = Paginator(found, table_look_of(request).page_size).get_page(request.GET.get("page"))
    return cut_listing(
        request,
        list(page.object_list),
        table=table,
        pages=pages_of(request.GET, page, anchor=anchor),
        total=len(rows),
        matches=len(found),
        filters=filters,
        is_filtered=is_filtered or bool(text),
        sorts=sorts,
        anchor=anchor,
    )


def cut_listing(
    request: ConsoleRequest,
    rows: Sequence[Row],
    *,
    table: str,
    pages: Pages | None,
    total: int | None = None,
    matches: int | None = None,
    filters: Sequence[Filter] = (),
    is_filtered: bool = False,
    sorts: bool = True,
    anchor: str = "",
) -> Listing[Row]:
    """Return the listing of rows that are a page already, in the order of the query string.

    With `sorts=False` the heads have no links: the page has several tables, or no other order.
    """
    look = table_look_of(request)
    columns = look.columns_of(table)
    sort, descending = sort_of(request, table) if sorts else ("", False)
    heads = heads_of(
        request.GET, columns, sort=sort, descending=descending, sorts=sorts, anchor=anchor
    )
    label = {head.column.name: head.label for head in heads}
    sortable = [column for column in columns if column.sort_key and sorts]
    if sortable:
        order = f"-{sort}" if descending else sort
        filters = [*filters, order_filter(sortable, order, without_order=True)]
    return Listing(
        table=table,
        rows=rows,
        heads=heads,
        shows=label.keys(),
        label=label,
        pages=pages,
        classes=look.classes,
        text=search_of(request),
        total=total,
        matches=matches,
        is_filtered=is_filtered,
        filters=filters,
    )


def search_of(request: ConsoleRequest) -> str:
    """Return what is searched for."""
    return request.GET.get("q", "").strip().replace("\0", "")[:LONGEST_TEXT]


def sort_of(request: ConsoleRequest, table: str) -> tuple[str, bool]:
    """Return the column that the query string sorts by, or none, and whether it descends."""
    asked = request.GET.get("sort", "")
    name = asked.removeprefix("-")
    known = {column.name for column in TABLES[table] if column.sort_key}
    return (name, asked.startswith("-")) if name in known else ("", False)


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

    def __init__(self, query: QueryDict, *, without: Iterable[str], anchor: str = "") -> None:
        kept = query.copy()
        for name in without:
            kept.pop(name, None)
        self._kept = kept.urlencode()
        self._anchor = f"#{anchor}" if anchor else ""

    @property
    def without(self) -> str:
        return f"?{self._kept}"

    def with_(self, parameter: str) -> str:
        kept = f"{self._kept}&" if self._kept else ""
        return f"?{kept}{parameter}{self._anchor}"

    def sorting(self, column: Column, sort: str, descending: bool) -> str:
        reverses = column.name == sort and not descending
        return self.with_(f"sort={'-' if reverses else ''}{column.name}")
