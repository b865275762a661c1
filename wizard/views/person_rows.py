"""Table rows of the pages about people: grants, sessions and API tokens."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from wizard.domain import EVERYWHERE, Place, Role, grouped_account_id
from wizard.models import ApiToken, Grant, LiveSession
from wizard.services import people
from wizard.words import Text

_ROLE_LABELS = {Role(value): label for value, label in Grant.ROLES}


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
class SessionRow:
    """A session; `is_current` marks the one of the request."""

    session: LiveSession
    is_current: bool

    @property
    def browser(self) -> str:
        """Return browser and operating system from the User-Agent header."""
        agent = self.session.user_agent
        browser = next((name for mark, name in _BROWSERS if mark in agent), "")
        system = next((name for mark, name in _SYSTEMS if mark in agent), "")
        if browser and system:
            return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
        return browser or agent[:60] or _("Unknown")


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


def grant_rows(user: User) -> list[GrantRow]:
    found = sorted(people.grants_of(user).items())
    return [GrantRow(place=place, role=role) for place, role in found]


def session_rows(user: User, *, current: str) -> list[SessionRow]:
    return [
        SessionRow(session=session, is_current=str(session.pk) == current)
        for session in people.sessions_of(user=user)
    ]


def token_rows(user: User) -> list[TokenRow]:
    now = timezone.now()
    return [
        TokenRow(token=token, is_good=token.revoked_at is None and token.expires_at > now)
        for token in people.tokens_of(user=user)
    ]
