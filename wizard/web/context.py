"""The context processor of the shell around every page: navigation, Regions, theme, language.

It calls no AWS API: the Regions come from botocore's own data, the account from the page's address
or from what the process knows.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from wizard.domain import Region, Role, Target, grouped_account_id
from wizard.domain.errors import AwsError
from wizard.services import access, places
from wizard.services.preferences import get_language as get_own_language
from wizard.web import frame
from wizard.web.account_regions import account_of, account_regions_of, recent_account_of
from wizard.web.account_switch import switch_url
from wizard.web.browser_choices import OFF, OPEN, browser_choice
from wizard.web.help import topic_of
from wizard.web.language import OF_BROWSER, chosen_language, languages
from wizard.web.recent import recent_regions
from wizard.words import HELP_TOPICS, HelpTopic, Text

DEFAULT_THEME = "system"
THEMES: dict[str, Text] = {
    DEFAULT_THEME: _("Browser default"),
    "light": _("Light"),
    "dark": _("Dark"),
}
SHOWN, HIDDEN = "shown", "hidden"
NAVIGATION: dict[str, Text] = {SHOWN: _("Shown"), HIDDEN: _("Hidden")}


@dataclass(frozen=True, kw_only=True)
class Shell:
    """The data of the shell.

    `target` and `region` are None on pages without a Region. `account_id` is that of the page. On a
    page without an account it is the credentials' account, if the person may look at it and the
    process knows it, and empty otherwise.
    """

    request: HttpRequest
    account_id: str
    target: Target | None
    region: Region | None
    simulated: bool
    theme: str
    nav_hidden: bool

    @property
    def themes(self) -> list[tuple[str, Text]]:
        """The themes to choose from, each with its label."""
        return list(THEMES.items())

    @property
    def navigation(self) -> list[tuple[str, Text]]:
        """Whether the side navigation is shown on wide screens, to choose from."""
        return list(NAVIGATION.items())

    @property
    def nav_choice(self) -> str:
        """The one of these that was chosen."""
        return HIDDEN if self.nav_hidden else SHOWN

    @property
    def languages(self) -> list[tuple[str, Text]]:
        """The languages to choose from: that of the browser, and each with its own name."""
        return [(OF_BROWSER, _("Browser default")), *languages()]

    @property
    def language(self) -> str:
        """The one of these that the person chose, or that was chosen in this browser."""
        own = get_own_language(user=self._person) if self._person else ""
        return own or chosen_language(self.request)

    @property
    def side_nav(self) -> SafeString:
        """The side navigation, rendered."""
        return frame.side_nav(
            account_id=self.account_id,
            region=self.place,
            area=frame.area_of(self._page),
            administers=self.administers,
            language=get_language(),
        )

    @property
    def help_topic(self) -> HelpTopic:
        """The topic of the help that belongs to the page."""
        match = self.request.resolver_match
        step = match.kwargs.get("step", "") if match else ""
        return HELP_TOPICS[topic_of(self._page, step)]

    @property
    def help_open(self) -> bool:
        """Whether the help panel was left open in this browser."""
        return browser_choice(self.request, "help") == OPEN

    @property
    def keys_are_off(self) -> bool:
        """Whether pages have no keyboard shortcuts in this browser."""
        return browser_choice(self.request, "keys") == OFF

    @property
    def rules_url(self) -> str:
        """The rules of the navigation's Region; the first page while there is no Region."""
        return frame.rules_url(self.account_id, self.place)

    @property
    def overview_url(self) -> str:
        """The rules in all Regions; the first page while there is no account."""
        return frame.place_url("rule-overview", self.account_id)

    @property
    def administers(self) -> bool:
        """Whether the person administers the console."""
        return self._person is not None and access.is_administrator(user=self._person)

    @property
    def layout(self) -> str:
        """The template that error pages extend: with navigation for a person who is signed in."""
        return "plain_with_navigation.html" if self._person else "plain.html"

    @cached_property
    def open_regions(self) -> list[Region]:
        """The Regions in use that are not closed and that the person may look at."""
        if self._person is None or not self.account_id:
            return []
        return access.regions_of(
            user=self._person,
            role=Role.VIEWER,
            account_id=self.account_id,
            regions=account_regions_of(self.request, self.account_id).open,
        )

    @property
    def is_unused_region(self) -> bool:
        """Whether the page is of a Region that is not in use in its account."""
        if self.target is None or self._person is None:
            return False
        in_use = account_regions_of(self.request, self.account_id).in_use
        return self.target.region not in {region.code for region in in_use}

    @property
    def is_closed_region(self) -> bool:
        """Whether the page is of a Region that is left out because it is closed to the account."""
        if self.target is None or self._person is None:
            return False
        folded = account_regions_of(self.request, self.account_id).folded
        return self.target.region in {region.code for region in folded}

    @cached_property
    def place(self) -> str:
        """The Region of the navigation: that of the page, or the last one that was shown."""
        if self.target:
            return self.target.region
        codes = [region.code for region in self.open_regions]
        if not codes:
            return ""
        last = [code for code in recent_regions(self.request) if code in codes]
        if last:
            return last[0]
        with suppress(AwsError):
            if (home := places.home_region()) in codes:
                return home
        return codes[0]

    @property
    def region_links(self) -> list[frame.RegionLink]:
        """The Regions that are open to the person, each with the page that is shown, in it."""
        return [self._link(region) for region in self.open_regions]

    @property
    def recent_region_links(self) -> list[frame.RegionLink]:
        """The Regions that were shown before this one, most recent first."""
        known = {region.code: region for region in self.open_regions}
        codes = [code for code in recent_regions(self.request) if code in known]
        return [self._link(known[code]) for code in codes if code != self._menu_code]

    @property
    def region_groups(self) -> SafeString:
        """The Regions of the Region menu by geography, rendered."""
        return frame.region_groups(
            account_id=self.account_id,
            region=self._menu_code,
            shown=tuple(region.code for region in self.open_regions),
            page=self._elsewhere,
            language=get_language(),
        )

    @cached_property
    def menu_region(self) -> Region | None:
        """The Region that the menu names; None on the page of all Regions."""
        if self._page == "rule-overview" or not self.place:
            return None
        return self.region or places.region_named(self.place)

    @property
    def _person(self) -> User | None:
        return _person_of(self.request)

    @property
    def _menu_code(self) -> str:
        return self.menu_region.code if self.menu_region else ""

    def _link(self, region: Region) -> frame.RegionLink:
        return frame.region_link(region, self.account_id, self._menu_code, self._elsewhere)

    @property
    def _page(self) -> str:
        match = self.request.resolver_match
        return match.url_name or "" if match else ""

    @cached_property
    def _elsewhere(self) -> frame.PageElsewhere:
        match = self.request.resolver_match
        return frame.page_elsewhere(self._page, match.kwargs if match else {})

    @property
    def account_alias(self) -> str:
        """The alias of the account; empty if it has none."""
        if self._person is None or not self.account_id:
            return ""
        return account_of(self.request, self.account_id).alias

    @property
    def has_other_accounts(self) -> bool:
        """Whether there is an account to switch to, whoever may open it."""
        if self._person is None or not self.account_id:
            return False
        # An account with a role is another one than that of the console's own credentials.
        stored = account_of(self.request, self.account_id)
        return stored.has_others or stored.has_role

    @property
    def switch_url(self) -> str:
        """The page to choose another account on."""
        return switch_url(self.request)

    @property
    def account_display(self) -> str:
        return grouped_account_id(self.account_id)

    @property
    def flashes(self) -> list[Message]:
        """Return the flash messages, newest first. Reading them consumes them."""
        return list(get_messages(self.request))[::-1]


def console(request: HttpRequest) -> dict[str, Shell]:
    """Add `console` to the context of every template."""
    target: Target | None = getattr(request, "target", None)
    theme = request.COOKIES.get(theme_cookie(), "")
    return {
        "console": Shell(
            request=request,
            account_id=getattr(request, "account_id", "") or _known_account(request),
            target=target,
            region=places.region_named(target.region) if target else None,
            simulated=settings.SIMULATED_AWS,
            theme=theme if theme in THEMES else DEFAULT_THEME,
            nav_hidden=request.COOKIES.get(navigation_cookie()) == HIDDEN,
        )
    }


def _known_account(request: HttpRequest) -> str:
    """The account that was shown last, for a person who may look at it; never asks AWS."""
    user = _person_of(request)
    return recent_account_of(request, user) if user else ""


def _person_of(request: HttpRequest) -> User | None:
    """The person who is signed in; nobody when a request was refused before it was asked who."""
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None


def theme_cookie() -> str:
    """Return the name of the cookie; over TLS it has the prefix `__Host-`."""
    return "__Host-theme" if settings.SESSION_COOKIE_SECURE else "theme"


def navigation_cookie() -> str:
    """Return the name of the cookie that says whether the side navigation is hidden."""
    return "__Host-navigation" if settings.SESSION_COOKIE_SECURE else "navigation"
