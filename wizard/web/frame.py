"""The parts of a page's frame that many pages share: side navigation and list of Regions.

Each is rendered once for each combination of its arguments, and kept by the process. The arguments
are everything that it depends on. It contains no CSRF token and no name of a person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from wizard.domain import Region, by_geography
from wizard.services import places
from wizard.words import Text

# The navigation entry of pages that do not belong to the rules.
_AREA_OF = {
    "rule-overview": "rule-overview",
    "account-regions": "rule-overview",
    "secret-list": "secret-list",
    "secret-create": "secret-list",
    "secret-replace-value": "secret-list",
    "secret-delete": "secret-list",
    "rotation-list": "secret-list",
    "rotation-create": "secret-list",
    "rotation-detail": "secret-list",
    "template-list": "template-list",
    "template-create": "template-list",
    "template-detail": "template-list",
    "template-edit": "template-list",
    "template-delete": "template-list",
    "cleanup-create": "region-repositories",
    "cleanup-detail": "region-repositories",
    "template-copy": "template-list",
    "template-remove": "template-list",
    "image-fetch-again": "region-repositories",
    "exclusion-list": "exclusion-list",
    "exclusion-register": "exclusion-list",
    "region-repositories": "region-repositories",
    "rule-repositories": "region-repositories",
    "repository-images": "region-repositories",
    "lifecycle-preview-create": "region-repositories",
    "lifecycle-preview-detail": "region-repositories",
    "repository-platforms": "region-repositories",
    "region-health": "region-health",
    "rule-health": "region-health",
    "bulk-validation-create": "bulk-validation-create",
    "bulk-validation-detail": "bulk-validation-create",
    "file-convert": "file-convert",
    "converted-file": "file-convert",
    "image-bypass": "file-convert",
    "permission-list": "permission-list",
    "permission-check": "permission-list",
    "operation-list": "operation-list",
    "batch-detail": "operation-list",
    "batch-complete": "operation-list",
    "batch-retry": "operation-list",
    "operation-complete": "operation-list",
    "deletion-detail": "operation-list",
    "deletion-retry": "operation-list",
    "template-operation-detail": "operation-list",
    "template-operation-retry": "operation-list",
    "account": "account",
    "account-switch": "account",
    "password-change": "account",
    "api-token-create": "account",
    "people": "people",
    "person": "people",
    "person-add": "people",
    "person-link": "people",
    "grant-give": "people",
    "account-list": "account-list",
    "account-detail": "account-list",
    "account-add": "account-list",
    "account-role": "account-list",
    "account-edit": "account-list",
    "account-remove": "account-list",
    "account-import": "account-list",
    "account-organization": "account-list",
    "account-plan": "account-list",
    "account-plan-role": "account-list",
    "audit": "audit",
    "audit-export": "audit",
    "fleet-rules": "fleet-rules",
    "fleet-accounts": "fleet-rules",
    "fleet-groups": "fleet-rules",
    "fleet-matrix": "fleet-rules",
    "fleet-readings": "fleet-rules",
    "fleet-trend": "fleet-rules",
    "fleet-validate": "fleet-rules",
    "fleet-create": "fleet-rules",
    "fleet-rotate": "fleet-rules",
    "fleet-replace": "fleet-rules",
    "fleet-operation-list": "fleet-rules",
    "fleet-operation-detail": "fleet-rules",
    "fleet-sweeps": "fleet-rules",
    "help": "help",
    "help-topic": "help",
}

# The page that the Region menu opens in another Region; from all other pages it opens the rules.
_PAGE_ELSEWHERE = {
    "secret-list": "secret-list",
    "secret-create": "secret-list",
    "secret-replace-value": "secret-list",
    "secret-delete": "secret-list",
    "template-list": "template-list",
    "template-create": "template-list",
    "template-detail": "template-list",
    "template-edit": "template-list",
    "template-delete": "template-list",
    "template-copy": "template-list",
    "template-remove": "template-list",
    "exclusion-list": "exclusion-list",
    "exclusion-register": "exclusion-list",
    "region-health": "region-health",
    "file-convert": "file-convert",
    "image-bypass": "image-bypass",
    "permission-list": "permission-list",
    "lifecycle-preview-create": "region-repositories",
    "lifecycle-preview-detail": "region-repositories",
    "client-configuration": "client-configuration",
    "region-repositories": "region-repositories",
    "repository-platforms": "region-repositories",
    "repository-images": "region-repositories",
    "rule-repositories": "rule-repositories",
    "rule-health": "rule-health",
    "rule-detail": "rule-detail",
    "rule-edit": "rule-detail",
    "rule-delete": "rule-detail",
}
# The parameter of a rule's page that was opened by the Region menu, from another Region's rule.
SWITCHED = "switched"
# Stands for the rule in the list of Regions that is kept for all rules.
_ANY_RULE = "any-rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class NavLink:
    """One entry of the side navigation."""

    label: Text
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionLink:
    """One entry of the Region menu, with the address of the page in this Region."""

    name: str
    code: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageElsewhere:
    """The page that the Region menu opens in another Region; `prefix` for the page of a rule."""

    name: str
    prefix: str = ""


def page_elsewhere(page: str, kwargs: Mapping[str, str]) -> PageElsewhere:
    """Return the page in another Region that corresponds to this one."""
    name = _PAGE_ELSEWHERE.get(page, "rule-list")
    prefix = kwargs.get("ecr_repository_prefix", "") if name != "rule-list" else ""
    return PageElsewhere(name=name, prefix=prefix)


def region_link(region: Region, account_id: str, current: str, page: PageElsewhere) -> RegionLink:
    """Return the entry of one Region."""
    return RegionLink(
        name=region.name,
        code=region.code,
        url=url_in(region.code, account_id, page),
        is_current=region.code == current,
    )


def area_of(page: str) -> str:
    """Return the navigation entry to which the page with this name in the URLconf belongs.

    An address without a page belongs to none.
    """
    return _AREA_OF.get(page, "rule-list") if page else ""


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
    return render_to_string("base.html#side-nav", {"nav_links": links})


def region_groups(
    *,
    account_id: str,
    region: str,
    shown: tuple[str, ...],
    page: PageElsewhere,
    language: str | None,
) -> SafeString:
    """Return the list of the Regions that the person may look at; `region` is that of the page."""
    kept = PageElsewhere(name=page.name, prefix=_ANY_RULE if page.prefix else "")
    html = _region_groups(
        account_id=account_id, region=region, shown=shown, page=kept, language=language
    )
    # A prefix of an address consists of characters that HTML does not escape.
    return SafeString(html.replace(_ANY_RULE, quote(page.prefix))) if page.prefix else html


@lru_cache(maxsize=256)
def _region_groups(
    *,
    account_id: str,
    region: str,
    shown: tuple[str, ...],
    page: PageElsewhere,
    language: str | None,
) -> SafeString:
    known = {each.code: each for each in places.list_regions()}
    groups = [
        (geography, [region_link(each, account_id, region, page) for each in members])
        for geography, members in by_geography(known[code] for code in shown)
    ]
    return render_to_string("components/_top_bar.html#region-groups", {"groups": groups})


def url_in(region: str, account_id: str, page: PageElsewhere) -> str:
    """Return the address of a page in a Region, or of the account without one."""
    if not page.prefix:
        return place_url(page.name, account_id, region)
    place = {"account_id": account_id, "region": region, "ecr_repository_prefix": page.prefix}
    return f"{reverse(page.name, kwargs=place)}?{SWITCHED}=1"


def _links(account_id: str, region: str, administers: bool) -> Iterator[tuple[str, Text, str]]:
    """Return the entries of the navigation: name, label and address.

    They are the same on every page. Without an account they lead to the first page, which asks AWS.
    """
    yield "rule-list", _("Pull through cache"), rules_url(account_id, region)
    yield "rule-overview", _("All Regions"), place_url("rule-overview", account_id)
    yield "fleet-rules", _("All accounts"), reverse("fleet-rules")
    at_region = account_id if region else ""
    yield "secret-list", _("Secrets"), place_url("secret-list", at_region, region)
    repositories = place_url("region-repositories", at_region, region)
    yield "region-repositories", _("Repositories"), repositories
    templates = place_url("template-list", at_region, region)
    yield "template-list", _("Creation templates"), templates
    converting = place_url("file-convert", at_region, region)
    yield "file-convert", _("Convert files"), converting
    exclusions = place_url("exclusion-list", at_region, region)
    yield "exclusion-list", _("Pull-time exclusions"), exclusions
    yield "region-health", _("Health"), place_url("region-health", at_region, region)
    bulk = place_url("bulk-validation-create", account_id)
    yield "bulk-validation-create", _("Bulk validations"), bulk
    yield "operation-list", _("Operations"), place_url("operation-list", account_id)
    permissions = place_url("permission-list", at_region, region)
    yield "permission-list", _("Permissions"), permissions
    if administers:
        yield "account-list", _("Accounts"), reverse("account-list")
        yield "people", _("People"), reverse("people")
        yield "audit", _("Audit trail"), reverse("audit")
