"""What the session of somebody who signed in holds: which live session it is, and since when.

A session ends by its own limits, whatever its cookie says; and it is fresh while its person has
proved lately who they are.
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
from wizard.services.people import live_sessions, sign_in

_LIVE: Final = "live_session"
_PROVED_AT: Final = "proved_at"
_WAY: Final = "sign_in_way"

PASSWORD_BACKEND: Final = "wizard.gate.single_sign_on.PasswordBackend"  # noqa: S105 - a class


def begin(
    request: HttpRequest,
    user: User,
    *,
    way: SignInWay,
    backend: str = PASSWORD_BACKEND,
    proved_at: float | None = None,
) -> None:
    """Sign a person in who has proved who they are: now, or at `proved_at`, somewhere else.

    The session's key changes.
    """
    sign_in.note_sign_in(user=user, way=way)
    setattr(request, _WAY, way)
    setattr(request, _PROVED_AT, proved_at)
    if request.user.is_authenticated:
        request.session.cycle_key()  # Django changes it for somebody else only
    login(request, user, backend=backend)


def prove(request: HttpRequest) -> None:
    """The session's person has just proved once more who they are."""
    request.session.cycle_key()
    request.session[_PROVED_AT] = timezone.now().timestamp()


def is_fresh(request: HttpRequest) -> bool:
    """Whether that was lately enough for what cannot be taken back."""
    age = timezone.now().timestamp() - float(request.session.get(_PROVED_AT, 0))
    return bool(age < settings.REAUTH_MINUTES * 60)


def way_of(request: HttpRequest) -> str:
    """How the session's person signed in."""
    return str(request.session.get(_WAY, ""))


def id_of(request: HttpRequest) -> str:
    """The id of this live session; empty without one."""
    return str(request.session.get(_LIVE, ""))


def is_alive(request: HttpRequest, user: User, *, is_activity: bool) -> bool:
    """Whether the session still holds."""
    return live_sessions.is_alive(session_id=id_of(request), user=user, is_activity=is_activity)


def end(request: HttpRequest) -> None:
    """Forget a session that is over, all that is in it included."""
    request.session.flush()
    request.user = AnonymousUser()


@receiver(user_logged_in)
def _write_down(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Whichever way somebody came in, the session is a live one from here on."""
    live_sessions.forget_session(session_id=id_of(request))
    way = getattr(request, _WAY, SignInWay.PASSWORD)
    live = live_sessions.begin_session(
        user=user,
        way=way,
        address=client_address(request),
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
    )
    request.session[_LIVE] = str(live.pk)
    request.session[_WAY] = str(way)
    proved_at = getattr(request, _PROVED_AT, None)
    request.session[_PROVED_AT] = timezone.now().timestamp() if proved_at is None else proved_at


@receiver(user_logged_out)
def _cross_out(request: HttpRequest, **_kwargs: Any) -> None:
    live_sessions.forget_session(session_id=id_of(request))
