"""The rules of all accounts in groups, with how many of each status."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.exports import ListedFleetGroup
from wizard.services.fleet import groups, rules
from wizard.services.fleet.groups import Counts
from wizard.views.fleet import filters, page
from wizard.views.fleet.filters import Asked
from wizard.views.fleet.page import asked_format, downloads, fleet_file
from wizard.views.fleet.queries import GROUPS, GroupFilters
from wizard.views.tables import listing_of
from wizard.web import ConsoleRequest

# Filters that no list shows.
_UNLISTED = ("account", "url", "prefix", "reason", "age")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """A group: the value that its rules share, its label, and the address of its rules."""

    value: str
    label: str
    counts: Counts
    url: str


@require_safe
def fleet_groups(request: ConsoleRequest) -> HttpResponseBase:
    """Show the groups of the rules that match; with `format`, as a file."""
    asked = Asked(request.GET, rules.fleet_rules(user=request.user), filters=GroupFilters)
    by = asked.value("by", "owner")
    found = groups_of(asked, by, user=request.user)
    format_name = asked_format(request)
    if format_name and asked.is_valid:
        lines = (line_of(by, each) for each in found)
        return fleet_file(lines, ListedFleetGroup, format_name=format_name, content=f"fleet-{by}")
    choices = [(key, str(label)) for key, label in GROUPS.items()]
    lists = [
        page.choice_filter(
            "status", _("Status"), _("Any status"), filters.status_choices(), asked.value("status")
        ),
        page.choice_filter(
            "registry",
            _("Upstream registry"),
            _("Any registry"),
            filters.registry_choices(),
            asked.value("registry"),
        ),
    ]
    listing = listing_of(
        request,
        found,
        table="fleet-groups",
        searched=lambda _row: [request.GET.get("q", "")],  # the rules are searched, not the groups
        filters=[*page.owner_filter(request, request.GET.get("owner", "")), *lists],
        is_filtered=bool(asked.applied) or not asked.is_valid,
    )
    context = {
        "listing": listing,
        "by": by,
        "by_label": GROUPS[by],
        "group_links": [
            page.FleetView(
                label=label, url=page.address_with(request, by=key), is_current=key == by
            )
            for key, label in choices
        ],
        "applied": page.applied_filters(request, asked, _UNLISTED),
        "kept": [("by", by), *page.kept_filters(asked, _UNLISTED)],
        "downloads": downloads(),
    }
    return page.fleet_page(request, "fleet/groups.html", context, asked=asked)


def groups_of(asked: Asked, by: str, *, user: User) -> list[GroupRow]:
    """Return the groups of the rules that match, the largest first."""
    if not asked.is_valid:
        return []
    if groups.can_tell(asked.applied, by):
        found = groups.added_groups(asked.applied, by, user=user)
    else:
        found = groups.groups_of(asked.rows, by)
    order = sorted(found, key=lambda value: (-found[value].total, value))
    return [_row(asked, by, value, found[value]) for value in order]


def line_of(by: str, row: GroupRow) -> ListedFleetGroup:
    """Return a group as a line of a file."""
    return ListedFleetGroup(
        group_by=by,
        group=row.value,
        rules=str(row.counts.total),
        valid=str(row.counts.valid),
        failed=str(row.counts.failed),
        not_validated=str(row.counts.not_validated),
    )


def _row(asked: Asked, by: str, value: str, counts: Counts) -> GroupRow:
    wanted = value
    if by == "owner" and not value:
        wanted = rules.NO_OWNER
    elif by == "registry" and value not in rules.REGISTRY_KEYS:
        wanted = rules.OTHER_REGISTRY
    query = asked.applied | {by: wanted}
    return GroupRow(
        value=value,
        label=_label(by, value),
        counts=counts,
        url=f"{reverse('fleet-rules')}?{urlencode(query)}",
    )


def _label(by: str, value: str) -> str:
    if by == "owner":
        return value or _("No owner")
    choices = {
        "region": filters.region_choices,
        "registry": filters.registry_choices,
        "status": filters.status_choices,
        "reason": filters.reason_choices,
    }
    return filters.named(choices[by](), value) if by in choices else value
