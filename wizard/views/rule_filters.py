"""The lists of the filter above tables of rules."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from wizard.domain import Region
from wizard.domain.registries import REGISTRIES, registries_of
from wizard.domain.tables import COLUMNS
from wizard.views.rows import STATUS_WORDS, RuleQuery
from wizard.views.table_filters import Choices, Filter, options, order_filter


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
    columns = [column for column in COLUMNS if offered or not column.many_regions]
    return [*found, *further, order_filter(columns, order)]


def _filter(name: str, label: str, anything: str, choices: Choices, chosen: str) -> Filter:
    return Filter(name=name, label=label, options=options([("", anything), *choices], chosen))


def _registries() -> Choices:
    """Return AWS's enum values with a label each."""
    for entry in REGISTRIES:
        if registries_of(entry.key)[0] is entry:
            yield entry.key, _(entry.label)
