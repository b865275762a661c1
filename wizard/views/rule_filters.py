"""The lists of the filter above tables of rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from wizard.domain import Region
from wizard.domain.registries import REGISTRIES, registries_of
from wizard.domain.tables import COLUMNS
from wizard.views.rows import STATUS_WORDS, RuleQuery

Choices = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A list: its name in the query string, its label, and its options as HTML."""

    name: str
    label: str
    options: SafeString


def rule_filters(
    query: RuleQuery, *, regions: Iterable[Region] = (), further: Iterable[Filter] = ()
) -> list[Filter]:
    """Return the lists; `regions` is given if the table has several.

    The order is a list too, for narrow pages, which do not show the heads of columns.
    """
    offered = [(region.code, region.label) for region in regions]
    statuses = [(status.value, str(word)) for status, word in STATUS_WORDS.items()]
    found = [
        _filter("registry", _("Registry"), _("Any registry"), _registries(), query.registry),
        _filter("status", _("Status"), _("Any status"), statuses, query.status),
    ]
    if offered:
        found.append(_filter("region", _("Region"), _("Any Region"), offered, query.region))
    order = f"-{query.sort}" if query.descending else query.sort
    choices = _orders(many_regions=bool(offered))
    sort = Filter(name="sort", label=_("Sort by"), options=options(choices, order))
    return [*found, *further, sort]


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


def _filter(name: str, label: str, anything: str, choices: Choices, chosen: str) -> Filter:
    return Filter(name=name, label=label, options=options([("", anything), *choices], chosen))


def _registries() -> Choices:
    """Return AWS's enum values with a label each."""
    for entry in REGISTRIES:
        if registries_of(entry.key)[0] is entry:
            yield entry.key, _(entry.label)


def _orders(*, many_regions: bool) -> Choices:
    for column in COLUMNS:
        if many_regions or not column.many_regions:
            label = _(column.label)
            yield column.name, label
            yield f"-{column.name}", _("%(label)s, descending") % {"label": label}
