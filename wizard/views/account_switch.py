"""The page on which a person chooses the account to work in."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain import Region, Target
from wizard.services import access, places
from wizard.services.account_choice import AccountChoice, list_choices
from wizard.views.tables import listing_of
from wizard.web import ConsoleRequest, place_url, recent_account_of, recent_regions


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An account, with the address of its rules in the Region that was shown last."""

    choice: AccountChoice
    url: str
    is_current: bool

    @property
    def name(self) -> str:
        return self.choice.alias or self.choice.account_id

    @property
    def account_id(self) -> str:
        return self.choice.account_id

    @property
    def owner(self) -> str:
        return self.choice.owner


@require_safe
def account_switch(request: ConsoleRequest) -> HttpResponse:
    """List the accounts that the person may open."""
    current = recent_account_of(request, request.user)
    regions = _regions(request)
    rows = [
        Row(
            choice=choice,
            url=_url(request, choice.account_id, regions),
            is_current=choice.account_id == current,
        )
        for choice in list_choices(user=request.user)
    ]
    listing = listing_of(request, rows, table="account-choices", searched=_searched)
    return render(request, "account_switch/page.html", {"listing": listing})


def _searched(row: Row) -> tuple[str, ...]:
    return row.choice.alias, row.choice.account_id, row.choice.owner


def _regions(request: ConsoleRequest) -> list[Region]:
    """Return all Regions, those that were shown last first, then boto3's own."""
    known = {region.code: region for region in places.list_regions()}
    first = [code for code in (*recent_regions(request), places.home_region()) if code in known]
    return [known[code] for code in dict.fromkeys([*first, *known])]


def _url(request: ConsoleRequest, account_id: str, regions: Iterable[Region]) -> str:
    """Return the rules of the first Region that the person may look at in the account."""
    target = access.first_place(user=request.user, account_id=account_id, regions=regions)
    if target is None:
        target = Target(account_id=account_id, region=places.home_region())
    return place_url("rule-list", target)
