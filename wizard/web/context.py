"""The context processor of the shell around every page: navigation, Regions, theme.

It calls no AWS API: the Regions come from botocore's own data.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from wizard.domain import Region, Role, Target, grouped_account_id
from wizard.domain.tables import OPTIONAL_COLUMNS, TableLook
from wizard.forms.table import TableForm
from wizard.services import access, places
from wizard.services.preferences import get_table_look
from wizard.web import frame
from wizard.words import Text

DEFAULT_THEME = "system"
THEMES: dict[str, Text] = {
    DEFAULT_THEME: _("Browser default"),
    "light": _("Light"),
    "dark": _("Dark"),
}


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
    def side_nav(self) -> SafeString:
        """The side navigation, rendered."""
        match = self.request.resolver_match
        return frame.side_nav(
            account_id=self.account_id,
            region=self._region_code,
            area=frame.area_of(match.url_name or "" if match else ""),
            administers=self.administers,
            language=get_language(),
        )

    @property
    def rules_url(self) -> str:
        """The rules of the current Region; the first page while there is no Region."""
        return frame.rules_url(self.account_id, self._region_code)

    @property
    def administers(self) -> bool:
        """Whether the person administers the console."""
        user = self.request.user
        return isinstance(user, User) and access.is_administrator(user=user)

    @property
    def _region_code(self) -> str:
        return self.target.region if self.target else ""

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
    def region_menu(self) -> SafeString:
        """The menu of the Regions that the person may look at, rendered."""
        user = self.request.user
        if not isinstance(user, User):
            return SafeString("")
        regions = access.regions_of(
            user=user,
            role=Role.VIEWER,
            account_id=self.account_id,
            regions=places.list_regions(),
        )
        return frame.region_menu(
            account_id=self.account_id,
            region=self._region_code,
            shown=tuple(region.code for region in regions),
            language=get_language(),
        )


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
