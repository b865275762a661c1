"""Table rows of the pages about people: people, grants, sessions and API tokens."""

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from wizard.domain import EVERYWHERE, Place, Role, grouped_account_id
from wizard.models import Account, ApiToken, Grant, LiveSession
from wizard.services import people
from wizard.services.accounts import list_accounts
from wizard.views.tables import Listing, listing_of
from wizard.web import ConsoleRequest
from wizard.words import Text, numbered

_ROLE_LABELS = {Role(value): label for value, label in Grant.ROLES}
# As many accounts are offered while an ID is typed; browsers show a few of them.
_MOST_OFFERED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """A grant for display."""

    place: Place
    role: Role

    @property
    def role_label(self) -> Text:
        return _ROLE_LABELS[self.role]

    @property
    def account(self) -> str:
        account_id = self.place.account_id
        return grouped_account_id(account_id) if account_id else _("Every account")

    @property
    def region(self) -> str:
        return self.place.region or _("Every Region")

    @property
    def text(self) -> str:
        """Return the grant on one line."""
        if self.place == EVERYWHERE:
            return _("%(role)s everywhere") % {"role": self.role_label}
        where = {"role": self.role_label, "account": self.account, "region": self.region}
        return _("%(role)s: %(account)s, %(region)s") % where


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A row of the list of people."""

    person: User
    grants: list[GrantRow]
    session_count: int

    @property
    def state(self) -> str:
        return _("Can sign in") if self.person.is_active else _("Deactivated")

    @property
    def permissions(self) -> str:
        return ", ".join(grant.text for grant in self.grants)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session; `is_current` marks the one of the request. No other row has its `browser`."""

    session: LiveSession
    browser: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """An API token, and whether it is valid."""

    token: ApiToken
    is_good: bool

    @property
    def scopes(self) -> str:
        return ", ".join(self.token.scopes)


# In order of precedence, because a User-Agent header also contains the names of older browsers.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def people_listing(request: ConsoleRequest) -> Listing[PersonRow]:
    """Return a page of all people."""
    rows = [
        PersonRow(
            person=person,
            grants=grant_rows(person),
            session_count=len(people.living(person.live_sessions.all())),
        )
        for person in people.list_people()
    ]
    return listing_of(request, rows, table="people", searched=_searched)


def _searched(row: PersonRow) -> tuple[str, ...]:
    return row.person.get_username(), row.permissions


def grant_rows(user: User) -> list[GrantRow]:
    found = sorted(people.grants_of(user).items())
    return [GrantRow(place=place, role=role) for place, role in found]


def session_rows(user: User, *, current: str) -> list[SessionRow]:
    """Return the living sessions of a person."""
    sessions = people.sessions_of(user=user)
    browsers = numbered([_browser(session.user_agent) for session in sessions])
    return [
        SessionRow(session=session, browser=browser, is_current=str(session.pk) == current)
        for browser, session in zip(browsers, sessions, strict=True)
    ]


def _browser(agent: str) -> str:
    """Return browser and operating system from the User-Agent header."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or agent[:60] or _("Unknown")


def token_rows(user: User) -> list[TokenRow]:
    now = timezone.now()
    return [
        TokenRow(token=token, is_good=token.revoked_at is None and token.expires_at > now)
        for token in people.tokens_of(user=user)
    ]


def offered_accounts() -> list[Account]:
    """Return the accounts that a form offers for a grant. Another one can be typed."""
    return list_accounts()[:_MOST_OFFERED]
