"""The search for rules, Regions, secrets, pages and actions: a page, and the results of a palette.

It finds what the person may see: rules and secrets as last read, in the Regions of their grants.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain import Region, Role, Target
from wizard.domain.errors import AwsError
from wizard.services import access, places
from wizard.services.known_things import KnownThings, find_known
from wizard.views.search_entries import Finder, Hit
from wizard.web import (
    ConsoleRequest,
    account_regions_of,
    place_url,
    recent_account_of,
    recent_regions,
)

_LONGEST: Final = 100
_MOST_REGIONS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Results of one kind."""

    title: str
    hits: list[Hit]


@require_safe
def search(request: ConsoleRequest) -> HttpResponse:
    """Show what matches all words of `q`; `region` is the Region that actions are for."""
    text = request.GET.get("q", "")[:_LONGEST]
    words = tuple(text.replace("\x00", "").lower().split())
    account_id = _account(request)
    regions = access.regions_of(
        user=request.user,
        role=Role.VIEWER,
        account_id=account_id,
        regions=account_regions_of(request, account_id).open if account_id else (),
    )
    known = find_known(account_id=account_id, regions=regions, words=words)
    finder = Finder(
        user=request.user,
        account_id=account_id,
        region=_region(request, regions),
        words=words,
    )
    groups = [group for group in _groups(finder, known, regions) if group.hits]
    template = "search/page.html#results" if request.htmx else "search/page.html"
    context = {
        "text": text,
        "groups": groups,
        "count": sum(len(group.hits) for group in groups),
    }
    return render(request, template, context)


def _groups(finder: Finder, known: KnownThings, regions: Iterable[Region]) -> Iterator[Group]:
    labels = {region.code: region.label for region in regions}
    yield Group(title=_("Rules"), hits=list(_rules(known, labels)))
    yield Group(title=_("Actions"), hits=list(finder.actions()))
    yield Group(title=_("Pages"), hits=list(finder.pages()))
    yield Group(title=_("Regions"), hits=list(_regions(finder, regions))[:_MOST_REGIONS])
    yield Group(title=_("Secrets"), hits=list(_secrets(known, labels)))
    yield Group(title=_("Help"), hits=list(finder.help()))


def _rules(known: KnownThings, labels: dict[str, str]) -> Iterator[Hit]:
    for row in known.rules:
        place = {"ecr_repository_prefix": row.ecr_repository_prefix}
        yield Hit(
            label=row.ecr_repository_prefix,
            detail=f"{labels[row.region]}, {row.upstream_registry_url}",
            url=place_url("rule-detail", row.target, **place),
        )


def _secrets(known: KnownThings, labels: dict[str, str]) -> Iterator[Hit]:
    """Return links to the page of the Region's secrets, which looks the secret up."""
    for row in known.secrets:
        target = Target(account_id=row.account_id, region=row.region)
        query = urlencode({"secret": row.name})
        url = f"{place_url('secret-list', target)}?{query}"
        yield Hit(label=row.name, detail=labels[row.region], url=url)


def _regions(finder: Finder, regions: Iterable[Region]) -> Iterator[Hit]:
    """Return the Regions that are named; without a word there are too many."""
    for region in regions:
        if finder.words and finder.matches(region.label):
            target = Target(account_id=finder.account_id, region=region.code)
            detail = _("Rules of this Region")
            yield Hit(label=region.label, detail=detail, url=place_url("rule-list", target))


def _account(request: ConsoleRequest) -> str:
    """Return the account shown last, or that of the credentials; empty if AWS does not tell."""
    try:
        return recent_account_of(request, request.user) or places.default_target().account_id
    except AwsError:
        return ""


def _region(request: ConsoleRequest, regions: list[Region]) -> Region | None:
    """Return the Region that was named, else the one shown last, boto3's own, or the first.

    None if no Region is open.
    """
    known = {region.code: region for region in regions}
    named = (request.GET.get("region", ""), *recent_regions(request), places.home_region())
    found = next((code for code in named if code in known), None)
    return known[found] if found else next(iter(regions), None)
