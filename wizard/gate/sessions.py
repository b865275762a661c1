"""The session of a signed-in person: its LiveSession row, and when the identity was confirmed.

The server decides when a session ends, not its cookie. A session is fresh for REAUTH_MINUTES after
the person confirmed their identity.
"""

from typing import Any, Final

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from wizard.gate.addresses import client_address
from wizard.models import SignInWay
from wizard.services import people

_LIVE: Final = "live_session"
_PROVED_AT: Final = "proved_at"
_WAY: Final = "sign_in_way"
_LEFT: Final = "session_time_left"

PASSWORD_BACKEND: Final = "wizard.gate.passwords.PasswordBackend"  # noqa: S105 - a class


def begin(
    request: HttpRequest,
    user: User,
    *,
    way: SignInWay,
    backend: str = PASSWORD_BACKEND,
    proved_at: float | None = None,
) -> None:
    """Sign in a person who authenticated now, or at `proved_at` at an identity provider.

    The session's key changes, against session fixation.
    """
    people.note_sign_in(user=user, way=way)
    setattr(request, _WAY, way)
    setattr(request, _PROVED_AT, proved_at)
    if request.user.is_authenticated:
        request.session.cycle_key()  # `login` does so only when the user changes
    login(request, user, backend=backend)


def prove(request: HttpRequest) -> None:
    """Note that the person has just confirmed their identity."""
    request.session.cycle_key()
    request.session[_PROVED_AT] = timezone.now().timestamp()


def is_fresh(request: HttpRequest) -> bool:
    """Whether the identity was confirmed recently enough for irreversible actions."""
    age = timezone.now().timestamp() - float(request.session.get(_PROVED_AT, 0))
    return bool(age < settings.REAUTH_MINUTES * 60)


def id_of(request: HttpRequest) -> str:
    """Return the ID of the LiveSession row; empty without one."""
    return str(request.session.get(_LIVE, ""))


def is_alive(request: HttpRequest, user: User, *, is_activity: bool) -> bool:
    """Whether the session is still valid. Keeps for `time_left` how long."""
    left = people.time_left(session_id=id_of(request), user=user, is_activity=is_activity)
    setattr(request, _LEFT, left)
    return left is not None


def time_left(request: HttpRequest) -> people.TimeLeft | None:
    """Return how long the session of the request lasts; None without a session."""
    left: people.TimeLeft | None = getattr(request, _LEFT, None)
    return left


def end(request: HttpRequest, *, keeps_data: bool = False) -> None:
    """Treat the request as anonymous, and flush the session that has ended, with all its data.

    With `keeps_data`, a later request flushes it.
    """
    if not keeps_data:
        request.session.flush()
    request.user = AnonymousUser()


@receiver(user_logged_in)
def _write_down(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Create the LiveSession row of every sign-in, whatever its method."""
    people.forget_session(session_id=id_of(request))
    way = getattr(request, _WAY, SignInWay.PASSWORD)
    live = people.begin_session(
        user=user,
        way=way,
        address=client_address(request),
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
    )
    request.session[_LIVE] = str(live.pk)
    proved_at = getattr(request, _PROVED_AT, None)
    request.session[_PROVED_AT] = timezone.now().timestamp() if proved_at is None else proved_at


@receiver(user_logged_out)
def _cross_out(request: HttpRequest, **_kwargs: Any) -> None:
    people.forget_session(session_id=id_of(request))
