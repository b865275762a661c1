"""The list of the rules of all accounts, as a page and as a file."""

from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.exports import ListedFleetRule
from wizard.services.fleet import rules
from wizard.views.fleet import filters, page
from wizard.views.fleet.filters import Asked
from wizard.views.fleet.page import asked_format, downloads, fleet_file
from wizard.views.fleet.paging import listing_of_rules
from wizard.views.fleet.rows import lines_of
from wizard.web import ConsoleRequest

# Filters that links set and no list above the table shows.
_UNLISTED = ("account", "prefix", "url", "reason")


@require_safe
def fleet_rules(request: ConsoleRequest) -> HttpResponseBase:
    """Show a page of the rules that match; with `format`, all of them as a file."""
    asked = Asked(request.GET, rules.fleet_rules(user=request.user))
    format_name = asked_format(request)
    if format_name and asked.is_valid:
        lines = lines_of(asked.rows)
        return fleet_file(lines, ListedFleetRule, format_name=format_name, content="fleet-rules")
    found = asked.rows
    sort, descending = asked.order
    if sort:
        found = rules.in_order(found, sort, descending=descending)
    listing = listing_of_rules(request, asked, found, filters=_filters(request, asked))
    applied = page.applied_filters(request, asked, _UNLISTED)
    shown = [row.name for row in listing.rows if row.may_work]
    context = {
        "listing": listing,
        "applied": applied,
        "kept": page.kept_filters(asked, _UNLISTED),
        "downloads": downloads(),
    }
    return page.fleet_page(request, "fleet/rules.html", context, asked=asked, names=shown)


def _filters(request: ConsoleRequest, asked: Asked) -> list[Any]:
    """Return the lists beside the search."""
    chosen = request.GET
    regions = filters.region_choices()
    ages = [(key, str(text)) for key, (_age, text) in filters.AGES.items()]
    listed = (
        ("registry", _("Upstream registry"), _("Any registry"), filters.registry_choices()),
        ("region", _("Region"), _("Any Region"), regions),
        ("status", _("Status"), _("Any status"), filters.status_choices()),
        ("age", _("Last read"), _("Read at any time"), ages),
    )
    return [
        *page.owner_filter(request, chosen.get("owner", "")),
        *(
            page.choice_filter(name, label, anything, choices, chosen.get(name, ""))
            for name, label, anything, choices in listed
        ),
    ]
