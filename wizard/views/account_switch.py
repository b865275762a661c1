"""The page on which a person chooses the account to work in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain import Region, Target
from wizard.services import access, places
from wizard.services.account_choice import AccountChoice, list_choices
from wizard.views.tables import listing_of
from wizard.web import (
    ConsoleRequest,
    kept_page,
    recent_account_of,
    recent_regions,
    url_there,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An account, with the address of the page that was shown, in the last Region."""

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
    kept = kept_page(request.GET)
    rows = [
        Row(
            choice=choice,
            url=_url(request, choice.account_id, regions, kept),
            is_current=choice.account_id == current,
        )
        for choice in list_choices(user=request.user)
    ]
    listing = listing_of(request, rows, table="account-choices", searched=_searched)
    context = {"listing": listing, "kept": kept.items()}
    return render(request, "account_switch/page.html", context)


def _searched(row: Row) -> tuple[str, ...]:
    return row.choice.alias, row.choice.account_id, row.choice.owner


def _regions(request: ConsoleRequest) -> list[Region]:
    """Return all Regions, those that were shown last first, then boto3's own."""
    known = {region.code: region for region in places.list_regions()}
    first = [code for code in (*recent_regions(request), places.home_region()) if code in known]
    return [known[code] for code in dict.fromkeys([*first, *known])]


def _url(
    request: ConsoleRequest, account_id: str, regions: Iterable[Region], kept: Mapping[str, str]
) -> str:
    """Return the page that was shown, in the first Region that the person may look at there."""
    target = access.first_place(user=request.user, account_id=account_id, regions=regions)
    if target is None:
        target = Target(account_id=account_id, region=places.home_region())
    return url_there(account_id, target.region, kept)
