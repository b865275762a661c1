"""The context processor of the shell around every page: navigation, Regions, theme.

It calls no AWS API: the Regions come from botocore's own data.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from wizard.domain import Region, Role, Target, by_geography, grouped_account_id
from wizard.domain.tables import OPTIONAL_COLUMNS, TableLook
from wizard.forms.table import TableForm
from wizard.services import access, places
from wizard.services.preferences import get_table_look
from wizard.words import Text

DEFAULT_THEME = "system"
THEMES: dict[str, Text] = {
    DEFAULT_THEME: _("Browser default"),
    "light": _("Light"),
    "dark": _("Dark"),
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The data of the shell.

    `target` and `region` are None on pages without a Region. `account_id` is empty on pages without
    an account.
    """

    request: HttpRequest
    account_id: str
    target: Target | None
    region: Region | None
    simulated: bool
    theme: str

    @property
    def themes(self) -> list[tuple[str, Text]]:
        """The themes to choose from, each with its label."""
        return list(THEMES.items())

    @property
    def nav_links(self) -> list[NavLink]:
        """Return the entries that are possible for the account and Region of the page."""
        match = self.request.resolver_match
        here = _AREA_OF.get(match.url_name or "", "rule-list") if match else "rule-list"
        return [
            NavLink(label=label, url=url, is_current=name == here)
            for name, label, url in self._nav()
        ]

    def _nav(self) -> Iterator[tuple[str, Text, str]]:
        account, place = self._kwargs()
        yield "rule-list", _("Pull through cache"), self.rules_url
        if account:
            yield "rule-overview", _("All Regions"), _url("rule-overview", account)
        if place:
            yield "secret-list", _("Secrets"), _url("secret-list", place)
            yield "region-health", _("Health"), _url("region-health", place)
        if account:
            yield (
                "bulk-validation-create",
                _("Bulk validations"),
                _url("bulk-validation-create", account),
            )
            yield "operation-list", _("Operations"), _url("operation-list", account)
        if self.administers:
            yield "people", _("People"), reverse("people")
            yield "audit", _("Audit trail"), reverse("audit")

    @property
    def rules_url(self) -> str:
        """The rules of the current Region; the first page while there is no Region."""
        return _url("rule-list", self._kwargs()[1])

    @property
    def administers(self) -> bool:
        """Whether the person administers the console."""
        user = self.request.user
        return isinstance(user, User) and access.is_administrator(user=user)

    def _kwargs(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the URL arguments for pages of the account, and for pages of the Region."""
        account = {"account_id": self.account_id} if self.account_id else {}
        return account, {**account, "region": self.target.region} if self.target else {}

    @property
    def account_display(self) -> str:
        return grouped_account_id(self.account_id)

    @property
    def table_fields(self) -> SafeString:
        """The fields of the person's preferences of tables, filled in."""
        return _table_fields(table_look_of(self.request), get_language())

    @property
    def flashes(self) -> list[Message]:
        """Return the flash messages, newest first. Reading them consumes them."""
        return list(get_messages(self.request))[::-1]

    @property
    def region_groups(self) -> list[tuple[str, list[RegionLink]]]:
        """Return links to the Regions that the person may look at, by geography."""
        user = self.request.user
        if not isinstance(user, User):
            return []
        regions = access.regions_of(
            user=user,
            role=Role.VIEWER,
            account_id=self.account_id,
            regions=places.list_regions(),
        )
        return [
            (geography, [self._region_link(region) for region in members])
            for geography, members in by_geography(regions)
        ]

    def _region_link(self, region: Region) -> RegionLink:
        return RegionLink(
            name=region.name,
            code=region.code,
            url=_region_url(self.account_id, region.code),
            is_current=region == self.region,
        )


@lru_cache(maxsize=4096)
def _region_url(account_id: str, region: str) -> str:
    """Return the address of a Region's rules. Cached: each page has one for every Region."""
    return reverse("rule-list", kwargs={"account_id": account_id, "region": region})


def console(request: HttpRequest) -> dict[str, Shell]:
    """Add `console` to the context of every template."""
    target: Target | None = getattr(request, "target", None)
    theme = request.COOKIES.get(theme_cookie(), "")
    return {
        "console": Shell(
            request=request,
            account_id=getattr(request, "account_id", ""),
            target=target,
            region=places.region_named(target.region) if target else None,
            simulated=settings.SIMULATED_AWS,
            theme=theme if theme in THEMES else DEFAULT_THEME,
        )
    }


def table_look_of(request: HttpRequest) -> TableLook:
    """How this person wants tables of rules; read once per request, however many tables it has."""
    known: TableLook | None = getattr(request, "table_look", None)
    if known is None:
        user = request.user
        known = get_table_look(user=user) if isinstance(user, User) else TableLook()
        setattr(request, "table_look", known)  # noqa: B010 - no member of HttpRequest
    return known


@lru_cache(maxsize=256)
def _table_fields(look: TableLook, _language: str | None) -> SafeString:
    """The same HTML for everybody with the same preferences; every table's page has it."""
    shown = [each.name for each in OPTIONAL_COLUMNS if each.name not in look.hidden_columns]
    form = TableForm(initial={"page_size": look.page_size, "columns": shown})
    return SafeString("".join(field.as_field_group() for field in form))


def theme_cookie() -> str:
    """Return the name of the cookie; over TLS it has the prefix `__Host-`."""
    return "__Host-theme" if settings.SESSION_COOKIE_SECURE else "theme"


def _url(name: str, kwargs: dict[str, str]) -> str:
    """Return the address of the page, or of the start page if account or Region is unknown."""
    return reverse(name, kwargs=kwargs) if kwargs else reverse("home")
