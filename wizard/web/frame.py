"""The parts of a page's frame that many pages share: the side navigation and the Region menu.

Each is rendered once for each combination of its arguments, and kept by the process. The arguments
are everything that it depends on. It contains no CSRF token and no name of a person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from wizard.domain import by_geography
from wizard.services import places
from wizard.words import Text

# The navigation entry of pages that do not belong to the rules.
_AREA_OF = {
    "rule-overview": "rule-overview",
    "secret-list": "secret-list",
    "secret-create": "secret-list",
    "secret-replace-value": "secret-list",
    "secret-delete": "secret-list",
    "region-health": "region-health",
    "rule-health": "region-health",
    "bulk-validation-create": "bulk-validation-create",
    "bulk-validation-detail": "bulk-validation-create",
    "operation-list": "operation-list",
    "batch-detail": "operation-list",
    "batch-complete": "operation-list",
    "batch-retry": "operation-list",
    "operation-complete": "operation-list",
    "account": "account",
    "password-change": "account",
    "api-token-create": "account",
    "people": "people",
    "person": "people",
    "person-add": "people",
    "person-link": "people",
    "grant-give": "people",
    "audit": "audit",
    "audit-export": "audit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NavLink:
    """One entry of the side navigation."""

    label: Text
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionLink:
    """One entry of the Region menu; its address is that of the Region's rules."""

    name: str
    code: str
    url: str
    is_current: bool


def area_of(page: str) -> str:
    """Return the navigation entry to which the page with this name in the URLconf belongs."""
    return _AREA_OF.get(page, "rule-list")


@lru_cache(maxsize=4096)
def place_url(name: str, account_id: str, region: str = "") -> str:
    """Return the address of a page of the account or Region; without an account, the first page."""
    if not account_id:
        return reverse("home")
    kwargs = {"account_id": account_id, **({"region": region} if region else {})}
    return reverse(name, kwargs=kwargs)


def rules_url(account_id: str, region: str) -> str:
    """Return the address of the Region's rules; of the first page while there is no Region."""
    return place_url("rule-list", account_id if region else "", region)


@lru_cache(maxsize=256)
def side_nav(
    *, account_id: str, region: str, area: str, administers: bool, language: str | None
) -> SafeString:
    """Render the side navigation with the links that are possible for the account and Region."""
    links = [
        NavLink(label=label, url=url, is_current=name == area)
        for name, label, url in _links(account_id, region, administers)
    ]
    context = {"nav_links": links, "rules_url": rules_url(account_id, region)}
    return render_to_string("base.html#side-nav", context)


@lru_cache(maxsize=256)
def region_menu(
    *, account_id: str, region: str, shown: tuple[str, ...], language: str | None
) -> SafeString:
    """Render the menu of the Regions that the person may look at; `region` is that of the page."""
    known = {each.code: each for each in places.list_regions()}
    groups = [
        (
            geography,
            [
                RegionLink(
                    name=each.name,
                    code=each.code,
                    url=place_url("rule-list", account_id, each.code),
                    is_current=each.code == region,
                )
                for each in members
            ],
        )
        for geography, members in by_geography(known[code] for code in shown)
    ]
    context = {
        "region": known.get(region),
        "overview_url": place_url("rule-overview", account_id),
        "groups": groups,
    }
    return render_to_string("components/_top_bar.html#region-menu", context)


def _links(account_id: str, region: str, administers: bool) -> Iterator[tuple[str, Text, str]]:
    """Return the entries of the navigation: name, label and address."""
    yield "rule-list", _("Pull through cache"), rules_url(account_id, region)
    if account_id:
        yield "rule-overview", _("All Regions"), place_url("rule-overview", account_id)
    if region:
        yield "secret-list", _("Secrets"), place_url("secret-list", account_id, region)
        yield "region-health", _("Health"), place_url("region-health", account_id, region)
    if account_id:
        bulk = place_url("bulk-validation-create", account_id)
        yield "bulk-validation-create", _("Bulk validations"), bulk
        yield "operation-list", _("Operations"), place_url("operation-list", account_id)
    if administers:
        yield "people", _("People"), reverse("people")
        yield "audit", _("Audit trail"), reverse("audit")
