"""Renders tables of rules, with the template engine once per shape of rows instead of per row.

The HTML of a row is the fragment `rules/_table.html#row`. It is rendered once for each shape of
rows, with texts, columns and permission, and kept for later pages. What differs from rule to rule
is a placeholder in braces, which `str.format_map` replaces by the escaped value.

Rows are short, because a page may have hundreds: their addresses are relative to the page, and
what HTML lets a document leave out is left out.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from html import escape
from typing import Any, Final
from urllib.parse import quote, urlsplit

from django.core.paginator import Page
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import RFC3986_SUBDELIMS
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wizard.domain import Role, Target
from wizard.domain.tables import COLUMNS, Column
from wizard.services import access
from wizard.views.rows import STATUS_WORDS, RuleQuery, RuleRow, Status
from wizard.views.selection import NOTHING_SELECTED, Selection
from wizard.views.tables import Pages, heads_of, pages_of
from wizard.web import ConsoleRequest, place_url, table_look_of
from wizard.words import day_in_brief, in_utc, zone_of

# The characters that Django's `reverse` does not quote in a path.
_IN_PATHS: Final = RFC3986_SUBDELIMS + "/~:@"
# End tags that HTML declares optional, and values that need no quotes.
_OPTIONAL_END: Final = re.compile("</t[dhr]>")
# The parts of a URL between which a line may break.
_PARTS_OF_URL: Final = re.compile(r"\.?[^./]*/?")
_QUOTED: Final = re.compile(r'="([\w-]+)"(?=[ >])')


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The properties of a row that its fragment may depend on."""

    may_work: bool
    is_last_known: bool
    says_when: bool
    was_validated: bool
    status: Status
    is_stale: bool
    has_failure: bool
    has_secret: bool
    has_credential: bool
    is_created_known: bool
    is_selected: bool


@dataclass(kw_only=True)
class RuleTable:
    """The tables of one page, which share columns, heads and fragments of rows.

    With `announces`, a replaced row is announced to screen readers. `selection` says which rows are
    selected, `selectable` are the names of the rendered ones that can be.
    """

    request: ConsoleRequest
    query: RuleQuery
    many_regions: bool = False
    announces: bool = False
    selection: Selection = NOTHING_SELECTED
    selectable: set[str] = field(default_factory=set)
    columns: tuple[Column, ...] = ()
    classes: str = ""
    _heads: SafeString | None = None
    _fragments: dict[Shape, str] = field(default_factory=dict)
    _places: dict[Target, tuple[str, bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        look = table_look_of(self.request)
        self.columns, self.classes = look.columns(many_regions=self.many_regions), look.classes

    def render(
        self, rows: Iterable[RuleRow], *, labelled_by: str, is_silent: bool = False
    ) -> SafeString:
        """Return a table. `is_silent` means that the page says above it that it is last known."""
        if self._heads is None:
            self._heads = self._render_heads()
        body = SafeString("".join(self.row(row, is_silent=is_silent) for row in rows))
        context = {
            "heads": self._heads,
            "rows": body,
            "labelled_by": labelled_by,
            "classes": f"{self._long_columns} {self.classes}".strip(),
        }
        return render_to_string("rules/_table.html", context)

    def pages(self, page: "Page[RuleRow]") -> Pages | None:
        """Return the links to the pages of the rows; None if there is only one."""
        return pages_of(self.request.GET, page)

    def _render_heads(self) -> SafeString:
        query, account_id = self.query, self.request.account_id
        may_select = access.may_somewhere(
            user=self.request.user, role=Role.OPERATOR, account_id=account_id
        )
        heads = heads_of(
            self.request.GET, self.columns, sort=query.sort, descending=query.descending
        )
        return render_to_string(
            "rules/_table.html#heads", {"heads": heads, "may_select": may_select}
        )

    @cached_property
    def _long_columns(self) -> str:
        """Return a class for each column of long values; a row has its check box first."""
        places = enumerate(self.columns, start=2)
        return " ".join(f"long-{place}" for place, column in places if column.is_long)

    @cached_property
    def _page(self) -> str:
        """Return the path of the page that shows the table; empty if a fragment's is unknown."""
        if not self.request.htmx:
            return self.request.path
        try:
            return urlsplit(self.request.htmx.current_url_abs_path or "").path
        except ValueError:  # the header is no URL
            return ""

    @property
    def _is_overview(self) -> bool:
        """Whether the page has rules of several Regions, and names them in its buttons."""
        account_id = self.request.account_id
        return self._page == reverse("rule-overview", kwargs={"account_id": account_id})

    def row(self, row: RuleRow, *, is_silent: bool = False) -> SafeString:
        address, may_work = self._place(row.target)
        is_last_known = is_silent or row.last_known_at is not None
        shape = Shape(
            may_work=may_work and not is_last_known,
            is_last_known=is_last_known,
            says_when=is_last_known and not is_silent,
            was_validated=row.validation is not None,
            status=row.status,
            is_stale=row.is_stale,
            has_failure=bool(row.failure),
            has_secret=row.has_secret,
            has_credential=bool(row.credential),
            is_created_known=row.created_at is not None,
            is_selected=self.selection.has(row.name),
        )
        if shape.may_work:
            self.selectable.add(row.name)
        fragment = self._fragments.get(shape) or self._fragment(shape)
        return filled(fragment, row, address, self._printed)

    def _place(self, target: Target) -> tuple[str, bool]:
        """Return the address of a Region's rules, and whether the person may change them."""
        if target not in self._places:
            may_work = access.may(user=self.request.user, role=Role.OPERATOR, target=target)
            self._places[target] = relative(place_url("rule-list", target), self._page), may_work
        return self._places[target]

    @cached_property
    def _printed(self) -> "Printers":
        return _printers(timezone.get_current_timezone_name(), get_language())

    def _fragment(self, shape: Shape) -> str:
        return self._fragments.setdefault(
            shape,
            _fragment_of(
                shape,
                tuple(column.name for column in self.columns),
                self.announces,
                self.many_regions or self._is_overview,
                get_language(),
            ),
        )


@lru_cache(maxsize=1024)
def _fragment_of(
    shape: Shape,
    shows: tuple[str, ...],
    announces: bool,
    names_region: bool,
    _language: str | None,
) -> str:
    """Render the fragment. Cached: it has nothing of a rule or a person."""
    context = {
        "row": shape,
        "status": STATUS_WORDS[shape.status],
        "announces": announces,
        "names_region": names_region,
        "shows": shows,
        "label": {column.name: _(column.label) for column in COLUMNS},
    }
    return shortened(render_to_string("rules/_table.html#row", context))


def relative(address: str, page: str) -> str:
    """Return an address as the page refers to it; both are paths that end in a slash."""
    if not page:
        return address
    found = posixpath.relpath(address, page)
    return "" if found == "." else f"{found}/"


def shortened(html: str) -> str:
    """Return the HTML of a row without optional end tags and quotes, and a button's default type.

    Placeholders keep their quotes, because values may have any character.
    """
    html = html.replace('<button type="submit"', "<button")
    return _QUOTED.sub(r"=\1", _OPTIONAL_END.sub("", html))


Printers = Mapping[str, Callable[[Any], str]]


def filled(
    fragment: str, row: RuleRow, address: str, printed: Printers | None = None
) -> SafeString:
    """Replace the placeholders of a fragment by the members of a row.

    The result is safe HTML: the fragment is from a template, and each value is escaped. `address`
    is that of the rules of the row's Region. `printed` are the printers of members that are not
    plain texts, for a fragment that has such members.
    """
    return SafeString(fragment.format_map(_Values(row, address, printed or {})))


class _Values(dict[str, str]):
    """A row's members by name, escaped; each is computed once."""

    __slots__ = ("_address", "_printed", "_row")

    def __init__(self, row: RuleRow, address: str, printed: Printers) -> None:
        self._row = row
        self._address = address
        self._printed = printed

    def __missing__(self, name: str) -> str:
        if name == "address":
            # A colon in the first segment of a relative address would end a scheme.
            safe = _IN_PATHS if self._address else _IN_PATHS.replace(":", "")
            value = self._address + quote(self._row.prefix, safe=safe)
        else:
            value = getattr(self._row, name)
        html = self._printed.get(name, escape)(value)
        self[name] = html
        return html


@lru_cache(maxsize=64)
def _printers(zone: str, language: str | None) -> Printers:
    """Return how members are printed that are not plain texts, in a time zone and a language."""

    def by_day(at: datetime) -> SafeString:
        return _moment(at, zone, language)[0]

    def in_full(at: datetime) -> SafeString:
        return _moment(at, zone, language)[1]

    return {
        "upstream_url": breakable,
        "created_at": by_day,
        "last_known_at": by_day,
        "validated_at": in_full,
    }


@lru_cache(maxsize=4096)
def _moment(at: datetime, _zone: str, _language: str | None) -> tuple[SafeString, SafeString]:
    """Return a moment by its day, with the time of day as its title, and by its day and time.

    Cached: a rule has the same moments on each view, and they cost a third of the row. Zone and
    language are the current ones.
    """
    local = timezone.localtime(at)
    clock, day = f"{local:%H:%M} ({zone_of(local)})", day_in_brief(local.date())
    return (
        format_html('<time datetime="{}" title="{}">{}</time>', in_utc(at), clock, day),
        format_html('<time datetime="{}">{}, {}</time>', in_utc(at), day, clock),
    )


@lru_cache(maxsize=4096)
def breakable(url: str) -> SafeString:
    """A registry's URL whose lines break after a slash or before a dot, and not at a hyphen."""
    parts = _PARTS_OF_URL.findall(url)
    return SafeString(
        "<wbr>".join(_whole(escape(part)) if "-" in part else escape(part) for part in parts)
    )


def _whole(text: str) -> str:
    return f'<span class="whole">{text}</span>'
