"""The sweeps of all accounts: how far they are, which failed and why, and the order of new ones."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from wizard.models import Account, Sweep
from wizard.services import sweeps
from wizard.services.fleet import rules
from wizard.views.fleet.page import choice_filter, fleet_page
from wizard.views.fleet.queries import SWEEP_STATES, AskedSweeps
from wizard.views.tables import Listing, cut_listing, pages_of
from wizard.web import ConsoleRequest, see_other, table_look_of, takes
from wizard.words import ErrorView, Text, error_view

# The columns of the database by those of the table.
_SORTED_BY: Final = {
    "account": ("account_id",),
    "regions": ("regions_read", "account_id"),
    "swept": ("finished_at", "account_id"),
    "next": ("due_at", "account_id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRow:
    """The sweep of an account as a row of the table."""

    sweep: Sweep
    account: Account | None
    may_order: bool

    @property
    def label(self) -> str:
        return self.account.label if self.account else self.sweep.account_id

    @property
    def is_due(self) -> bool:
        return self.sweep.due_at <= timezone.now()

    @property
    def error(self) -> ErrorView | None:
        """Return why the account as a whole is read less often."""
        error = self.sweep.error
        return error_view(error) if error is not None else None

    @property
    def failed_regions(self) -> list[str]:
        return sorted(self.sweep.failed_regions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A kind of error with the number of accounts, and the list of them."""

    title: Text
    number: int
    url: str


@require_safe
def fleet_sweeps(request: ConsoleRequest) -> HttpResponse:
    """Show how far the sweeps are, and the accounts that match."""
    found = sweeps.progress(user=request.user)
    asked = AskedSweeps(request.GET)
    listing = _listing(request, asked)
    context = {
        "listing": listing,
        "progress": found,
        "reasons": _reasons(found),
        "are_on": sweeps.are_on(),
        "may_order": any(row.may_order for row in listing.rows),
    }
    return fleet_page(request, "fleet/sweeps.html", context, asked=asked)


@require_POST
@takes("scope", many=("account",))
def fleet_sweep_now(request: ConsoleRequest) -> HttpResponse:
    """Let the chosen accounts be read now, or all that the person may."""
    back = reverse("fleet-sweeps")
    chosen = request.POST.getlist("account")
    if not sweeps.are_on():
        _tell_off(request)
    elif request.POST.get("scope") == "all":
        _told(request, sweeps.order_sweeps(user=request.user))
    elif not chosen:
        messages.error(request, _("Choose at least one account."))
    else:
        order_now(request, chosen)
    return see_other(back)


def order_now(request: ConsoleRequest, account_ids: Collection[str]) -> None:
    """Let accounts be read now, and tell how many there are."""
    if sweeps.are_on():
        _told(request, sweeps.order_sweeps(user=request.user, account_ids=set(account_ids)))
    else:
        _tell_off(request)


def _tell_off(request: ConsoleRequest) -> None:
    messages.error(request, _("Sweeps are off. SWEEP_MINUTES turns them on."))


def _told(request: ConsoleRequest, number: int) -> None:
    text = ngettext(
        "The rules of %(number)d account will be read now.",
        "The rules of %(number)d accounts will be read now.",
        number,
    )
    if number:
        messages.success(request, text % {"number": number})
    else:
        messages.info(request, _("These accounts are due already."))


def _reasons(progress: sweeps.Progress) -> list[Reason]:
    address = reverse("fleet-sweeps")
    return [
        Reason(
            title=error_view(error).title,
            number=number,
            url=f"{address}?reason={type(error).__name__}",
        )
        for error, number in progress.reasons
    ]


def _listing(request: ConsoleRequest, asked: AskedSweeps) -> Listing[SweepRow]:
    states = [(key, str(text)) for key, text in SWEEP_STATES.items()]
    state, reason = asked.value("state"), asked.value("reason")
    everything = sweeps.visible_sweeps(user=request.user)
    found = _matching(_in_state(everything, state), asked.value("q"))
    if not asked.is_valid:
        found = found.none()
    if reason:
        found = sweeps.of_kind(found, reason)
    sort, descending = asked.order
    names = _SORTED_BY[sort or "account"]
    found = found.order_by(*(f"-{name}" if descending else name for name in names))
    cut = Paginator(found, table_look_of(request).page_size).get_page(asked.page)
    known = rules.accounts_of(each.account_id for each in cut)
    allowed = sweeps.operable(user=request.user)
    rows = [
        SweepRow(
            sweep=each,
            account=known.get(each.account_id),
            may_order=allowed is None or each.account_id in allowed,
        )
        for each in cut
    ]
    return cut_listing(
        request,
        rows,
        table="fleet-sweeps",
        pages=pages_of(request.GET, cut),
        matches=cut.paginator.count,
        filters=[choice_filter("state", _("State"), _("Any state"), states, state)],
        is_filtered=bool(asked.applied) or not asked.is_valid,
    )


def _in_state(rows: "QuerySet[Sweep]", state: str) -> "QuerySet[Sweep]":
    match state:
        case "failed":
            return rows.filter(failures__gt=0)
        case "partly":
            return rows.filter(failures=0).exclude(failed_regions={})
        case "ordered":
            return rows.filter(ordered_at__isnull=False)
        case "never":
            return rows.filter(finished_at=None)
    return rows


def _matching(rows: "QuerySet[Sweep]", text: str) -> "QuerySet[Sweep]":
    for word in text.split():
        named = Account.objects.filter(Q(alias__icontains=word) | Q(owner__icontains=word))
        rows = rows.filter(Q(account_id__contains=word) | Q(account_id__in=named.values("pk")))
    return rows
