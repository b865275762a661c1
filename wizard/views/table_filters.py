"""The lists of choices beside the search above a table, and the list of its orders."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from wizard.domain.tables import Column

Choices = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A list: its name in the query string, its label, and its options as HTML."""

    name: str
    label: str
    options: SafeString


def order_filter(columns: Iterable[Column], order: str, *, without_order: bool = False) -> Filter:
    """Return the list of orders, for narrow pages, which do not show the heads of columns.

    `order` is the chosen one as the query string has it. `without_order`: the rows have an order of
    their own until one is chosen.
    """
    choices = [("", _("Default order"))] if without_order else []
    for column in columns:
        if column.sort_key:
            label = _(column.label)
            choices += [
                (column.name, label),
                (f"-{column.name}", _("%(label)s, descending") % {"label": label}),
            ]
    return Filter(name="sort", label=_("Sort by"), options=options(choices, order))


def options(choices: Choices, chosen: str) -> SafeString:
    """Return the options of a list."""
    offered = tuple(choices)
    return _options(offered, chosen if chosen in dict(offered) else None)


@lru_cache(maxsize=256)
def _options(choices: tuple[tuple[str, str], ...], chosen: str | None) -> SafeString:
    """Cached: every page has the same lists, in which one of few is chosen."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (value, SafeString(" selected") if value == chosen else "", label)
            for value, label in choices
        ),
    )
