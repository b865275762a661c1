"""The list of accounts: how many rules each has, which it lacks, and when it was read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.exports import ListedFleetAccount
from wizard.services.fleet import groups, rules
from wizard.services.fleet.groups import AccountSummary, Counts
from wizard.views.fleet import filters, page
from wizard.views.fleet.filters import AskedForm
from wizard.views.fleet.page import asked_format, downloads, fleet_file
from wizard.views.fleet.queries import AccountsForm
from wizard.views.tables import listing_of
from wizard.web import ConsoleRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account as a row of the table."""

    summary: AccountSummary

    @property
    def account_id(self) -> str:
        return self.summary.account_id

    @property
    def alias(self) -> str:
        return self.summary.alias

    @property
    def owner(self) -> str:
        return self.summary.owner

    @property
    def label(self) -> str:
        return f"{self.alias} {self.account_id}"

    @property
    def counts(self) -> Counts:
        return self.summary.counts

    @property
    def regions(self) -> int:
        """Return how many Regions were read."""
        return self.summary.regions - self.summary.unread

    @property
    def oldest(self) -> datetime | None:
        oldest: datetime | None = self.summary.oldest
        return oldest

    @property
    def url(self) -> str:
        return f"{reverse('fleet-rules')}?{urlencode({'account': self.account_id})}"

    @property
    def readings_url(self) -> str:
        return f"{reverse('fleet-readings')}?{urlencode({'account': self.account_id})}"


@require_safe
def fleet_accounts(request: ConsoleRequest) -> HttpResponseBase:
    """Show the accounts that match; with `format`, all of them as a file."""
    asked = AskedForm(AccountsForm(request.GET))
    found = accounts_of(request, asked)
    format_name = asked_format(request)
    if format_name and asked.is_valid:
        lines = map(line_of, found)
        return fleet_file(
            lines, ListedFleetAccount, format_name=format_name, content="fleet-accounts"
        )
    listing = listing_of(
        request,
        found,
        table="fleet-accounts",
        searched=searched,
        is_filtered=bool(asked.applied) or not asked.is_valid,
        filters=_filters(request, asked),
    )
    shown = [row.account_id for row in listing.rows]
    context = {
        "listing": listing,
        "kept": page.kept_filters(asked),
        "downloads": downloads(),
        "lacks": _lacks(asked),
    }
    return page.fleet_page(
        request, "fleet/accounts.html", context, asked=asked, names=shown, field="account"
    )


def accounts_of(request: ConsoleRequest, asked: AskedForm) -> list[AccountRow]:
    """Return the accounts that the filters match, all but the search; none if one is wrong."""
    if not asked.is_valid:
        return []
    left_out = asked.value("left_out")
    seen = groups.accounts_seen(user=request.user, left_out=left_out)
    found = [AccountRow(summary=each) for each in seen]
    if lacks := asked.value("lacks"):
        having = groups.accounts_having(lacks, user=request.user, left_out=left_out)
        found = [each for each in found if each.account_id not in having]
    if owner := asked.value("owner"):
        wanted = "" if owner == rules.NO_OWNER else owner
        found = [each for each in found if each.owner == wanted]
    if state := asked.value("state"):
        found = [each for each in found if _is_in(each, state)]
    return found


def matching_accounts(request: ConsoleRequest, asked: AskedForm) -> list[AccountRow]:
    """Return the accounts that the page lists for these filters, the search included."""
    text = asked.value("q").strip().lower()
    return [
        each
        for each in accounts_of(request, asked)
        if any(text in part.lower() for part in searched(each))
    ]


def searched(row: AccountRow) -> Iterator[str]:
    """Yield the texts of an account that are searched."""
    yield from (row.account_id, row.alias, row.owner)


def line_of(row: AccountRow) -> ListedFleetAccount:
    """Return an account as a line of a file."""
    return ListedFleetAccount(
        account_id=row.account_id,
        alias=row.alias,
        owner=row.owner,
        rules=str(row.counts.total),
        valid=str(row.counts.valid),
        failed=str(row.counts.failed),
        not_validated=str(row.counts.not_validated),
        regions_read=str(row.regions),
        regions_failed=str(row.summary.failed),
        read_at=row.oldest.astimezone(UTC).isoformat(timespec="seconds") if row.oldest else "",
    )


def _is_in(row: AccountRow, state: str) -> bool:
    """Whether the account is in a state: of its Regions, or of the oldest reading."""
    if state in filters.AGES:
        age: timedelta = filters.AGES[state][0]
        return row.oldest is None or row.oldest < timezone.now() - age
    if state == "never":
        return row.regions == 0
    return row.summary.failed > 0 if state == "failed" else row.regions > 0


def _lacks(asked: AskedForm) -> str:
    """Return the name of the registry of which the accounts have no rule."""
    key = asked.value("lacks")
    return filters.named(filters.registry_choices(), key) if key else ""


def _filters(request: ConsoleRequest, asked: AskedForm) -> list[Any]:
    """Return the lists beside the search."""
    registries = [
        (key, _("No rule of %(registry)s") % {"registry": label})
        for key, label in filters.registry_choices()
    ]
    states = [(key, str(text)) for key, text in asked.form.fields["state"].choices]  # type: ignore[attr-defined]
    return [
        *page.owner_filter(request, request.GET.get("owner", "")),
        page.choice_filter(
            "lacks", _("Without a rule of"), _("Any rules"), registries, asked.value("lacks")
        ),
        page.choice_filter("state", _("State"), _("Any state"), states, asked.value("state")),
    ]
