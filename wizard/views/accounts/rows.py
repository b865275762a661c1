"""The rows of the list of accounts, found, sorted and cut by the database."""

from dataclasses import dataclass
from typing import Final

from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.domain import grouped_account_id
from wizard.domain.accounts import role_name_of
from wizard.models import Account
from wizard.views.table_filters import Filter, options
from wizard.views.tables import Listing, cut_listing, pages_of, search_of, sort_of
from wizard.web import ConsoleRequest, table_look_of

STATES: Final = ("enabled", "disabled", "failed")
# The columns of the database by those of the table.
_SORTED_BY: Final = {
    "alias": ("alias", "account_id"),
    "account": ("account_id",),
    "owner": ("owner", "alias", "account_id"),
    "role": ("role_arn", "account_id"),
    "state": ("is_enabled", "alias", "account_id"),
    "tested": ("tested_at", "account_id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account for display."""

    account: Account

    @property
    def name(self) -> str:
        return self.account.alias or grouped_account_id(self.account.account_id)

    @property
    def grouped_id(self) -> str:
        return grouped_account_id(self.account.account_id)

    @property
    def role(self) -> str:
        """Return path and name of the role; the ARN repeats the account."""
        return role_name_of(self.account.role_arn)

    @property
    def regions(self) -> str:
        number = len(self.account.regions)
        if not number:
            return _("As set for all accounts")
        text = ngettext("%(number)d Region", "%(number)d Regions", number)
        return text % {"number": number}

    @property
    def state(self) -> str:
        """Return one of STATES."""
        if not self.account.is_enabled:
            return "disabled"
        return "failed" if self.account.error_record else "enabled"


def account_listing(request: ConsoleRequest) -> Listing[AccountRow]:
    """Return a page of the accounts that the query string asks for."""
    everything = Account.objects.all()
    state = request.GET.get("state", "")
    found = _matching(_in_state(everything, state), search_of(request))
    page = Paginator(_sorted(request, found), table_look_of(request).page_size).get_page(
        request.GET.get("page")
    )
    return cut_listing(
        request,
        [AccountRow(account=each) for each in page.object_list],
        table="accounts",
        pages=pages_of(request.GET, page),
        total=everything.count(),
        matches=page.paginator.count,
        filters=[_state_filter(state)],
        is_filtered=bool(search_of(request)) or state in STATES,
    )


def _state_filter(state: str) -> Filter:
    choices = (
        ("", _("Any state")),
        ("enabled", _("Enabled")),
        ("disabled", _("Disabled")),
        ("failed", _("Last test failed")),
    )
    return Filter(name="state", label=_("State"), options=options(choices, state))


def _in_state(rows: "QuerySet[Account]", state: str) -> "QuerySet[Account]":
    if state == "disabled":
        return rows.filter(is_enabled=False)
    if state == "failed":
        return rows.filter(error_record__isnull=False)
    return rows.filter(is_enabled=True) if state == "enabled" else rows


def _matching(rows: "QuerySet[Account]", text: str) -> "QuerySet[Account]":
    if not text:
        return rows
    asked = Q(alias__icontains=text) | Q(owner__icontains=text) | Q(role_arn__icontains=text)
    digits = text.replace("-", "").replace(" ", "")
    if digits.isdecimal():
        asked |= Q(account_id__contains=digits)
    return rows.filter(asked)


def _sorted(request: ConsoleRequest, rows: "QuerySet[Account]") -> "QuerySet[Account]":
    sort, descending = sort_of(request, "accounts")
    if not sort:
        return rows
    first, *rest = _SORTED_BY[sort]
    column = F(first)
    order = column.desc(nulls_last=True) if descending else column.asc(nulls_first=True)
    return rows.order_by(order, *rest)
