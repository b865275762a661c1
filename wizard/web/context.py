"""What the shell around every page shows: where we are, where else we could be, and how it looks.

Asks no AWS API: the Regions come from botocore's own data.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wizard.domain.grants import Role
from wizard.domain.identifiers import grouped_account_id
from wizard.domain.regions import Region, Target, by_geography
from wizard.domain.tables import COLUMNS, TableLook
from wizard.forms.table import TableForm
from wizard.messages import Text
from wizard.services import access, places
from wizard.services.preferences import get_table_look

THEMES = ("system", "light", "dark")


# Pages whose entry in the side navigation has another name; all others belong to the rules.
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
    """An entry of the side navigation."""

    label: Text
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The shell's own data.

    `target` and `region` are None on pages of no single Region, `account_id` is empty on pages of
    no account.
    """

    request: HttpRequest
    account_id: str
    target: Target | None
    region: Region | None
    simulated: bool
    theme: str

    @property
    def nav_links(self) -> list[NavLink]:
        """The side navigation, as far as the page's account and Region allow it."""
        match = self.request.resolver_match
        here = _AREA_OF.get(match.url_name or "", "rule-list") if match else "rule-list"
        return [
            NavLink(label=label, url=url, is_current=name == here)
            for name, label, url in self._nav()
        ]

    def _nav(self) -> Iterator[tuple[str, Text, str]]:
        account, place = self._kwargs()
        yield "rule-list", _("Pull through cache"), _url("rule-list", place)
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
    def administers(self) -> bool:
        """Whether the person administers the console."""
        user = self.request.user
        return isinstance(user, User) and access.is_administrator(user=user)

    def _kwargs(self) -> tuple[dict[str, str], dict[str, str]]:
        """What the URLs need: of the account's pages, and of the Region's."""
        account = {"account_id": self.account_id} if self.account_id else {}
        return account, {**account, "region": self.target.region} if self.target else {}

    @property
    def account_display(self) -> str:
        return grouped_account_id(self.account_id)

    @property
    def table_look(self) -> TableLook:
        """How this person wants tables of rules; read once per request, however many there are."""
        known: TableLook | None = getattr(self.request, "table_look", None)
        if known is not None:
            return known
        user = self.request.user
        look = get_table_look(user=user) if isinstance(user, User) else TableLook()
        setattr(self.request, "table_look", look)  # noqa: B010 - no member of HttpRequest
        return look

    @property
    def table_form(self) -> TableForm:
        """The form of those preferences, filled in."""
        look = self.table_look
        shown = [name for name in COLUMNS if name not in look.hidden_columns]
        return TableForm(initial={"page_size": look.page_size, "columns": shown})

    @property
    def flashes(self) -> list[Message]:
        """What the last actions came to, newest first. Reading them uses them up."""
        return list(get_messages(self.request))[::-1]

    @property
    def region_groups(self) -> list[tuple[str, list[Region]]]:
        """The Regions of the account that the person may look at."""
        user = self.request.user
        if not isinstance(user, User):
            return []
        regions = access.regions_of(
            user=user,
            role=Role.VIEWER,
            account_id=self.account_id,
            regions=places.list_regions(),
        )
        return by_geography(regions)


def console(request: HttpRequest) -> dict[str, Shell]:
    """The context every template has: `console`."""
    target: Target | None = getattr(request, "target", None)
    theme = request.COOKIES.get(theme_cookie(), "")
    return {
        "console": Shell(
            request=request,
            account_id=getattr(request, "account_id", ""),
            target=target,
            region=places.region_named(target.region) if target else None,
            simulated=settings.SIMULATED_AWS,
            theme=theme if theme in THEMES else THEMES[0],
        )
    }


def theme_cookie() -> str:
    """The name of the cookie; over TLS it is bound to the host, like the others."""
    return "__Host-theme" if settings.SESSION_COOKIE_SECURE else "theme"


def _url(name: str, kwargs: dict[str, str]) -> str:
    """The page's address, or the first page's while no account or Region is known."""
    return reverse(name, kwargs=kwargs) if kwargs else reverse("home")
