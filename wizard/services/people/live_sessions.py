"""The sessions of people: listed, limited in time, and ended by sign-out or from elsewhere."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from wizard.models import AuditOutcome, LiveSession
from wizard.services.audit import record_event

# The resolution of `seen_at`: at most one write per minute and session.
SEEN_EVERY: Final = timedelta(minutes=1)
_LONGEST_USER_AGENT: Final = 200
# How long before its end the person is warned.
_WARNED_BEFORE: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLeft:
    """How long a session lasts without further activity.

    `is_final` means that the absolute limit ends it, which no activity postpones.
    """

    seconds: int
    is_final: bool

    @property
    def warned_before(self) -> int:
        """How many seconds before the end the person is warned."""
        return int(min(_WARNED_BEFORE, _idle_limit() / 2).total_seconds())

    @property
    def longest_hours(self) -> int:
        """The absolute limit."""
        return int(settings.SESSION_HOURS)


def _idle_limit() -> timedelta:
    return timedelta(minutes=settings.SESSION_IDLE_MINUTES)


def _absolute_limit() -> timedelta:
    return timedelta(hours=settings.SESSION_HOURS)


def begin_session(*, user: User, way: str, address: str, user_agent: str) -> LiveSession:
    """Create the row of a new session, and delete the rows of expired ones."""
    now = timezone.now()
    LiveSession.objects.exclude(pk__in=_living(now).values("pk")).delete()
    return LiveSession.objects.create(
        user=user,
        created_at=now,
        seen_at=now,
        address=address,
        user_agent=user_agent[:_LONGEST_USER_AGENT],
        way=way,
    )


def time_left(*, session_id: str, user: User, is_activity: bool = True) -> TimeLeft | None:
    """Return how long the session still lasts; None if it is not valid.

    The request counts as activity unless `is_activity` is off.
    """
    now = timezone.now()
    rows = _living(now).filter(pk=_uuid(session_id), user_id=user.pk).order_by()
    times = rows.values_list("created_at", "seen_at").first()
    if times is None:
        return None
    created_at, seen_at = times
    # With a short limit, a row that is written once a minute would end a session in use.
    if is_activity and now - seen_at > min(SEEN_EVERY, _idle_limit() / 10):
        rows.update(seen_at=now)
        seen_at = now
    idle_end, final_end = seen_at + _idle_limit(), created_at + _absolute_limit()
    left = min(idle_end, final_end) - now
    return TimeLeft(seconds=int(left.total_seconds()), is_final=final_end <= idle_end)


def sessions_of(*, user: User) -> list[LiveSession]:
    """Return the person's valid sessions, most recently used first."""
    return list(_living(timezone.now()).filter(user=user))


def living(found: Iterable[LiveSession]) -> list[LiveSession]:
    """Return the valid ones of these sessions."""
    now = timezone.now()
    return [
        live
        for live in found
        if now - live.created_at < _absolute_limit() and now - live.seen_at < _idle_limit()
    ]


def forget_session(*, session_id: str) -> None:
    """Delete the row of a session whose person signed out or signed in again."""
    LiveSession.objects.filter(pk=_uuid(session_id)).delete()


def end_session(*, user: User, session_id: uuid.UUID) -> bool:
    """End one session of a person; False when it had already ended."""
    ended, _ = LiveSession.objects.filter(user=user, pk=session_id).delete()
    if ended:
        _note(user, ended)
    return bool(ended)


def end_sessions(*, user: User, but: str = "") -> int:
    """End all sessions of a person except `but`; return how many."""
    ended, _ = LiveSession.objects.filter(user=user).exclude(pk=_uuid(but)).delete()
    if ended:
        _note(user, ended)
    return ended


def _note(user: User, ended: int) -> None:
    record_event(
        "EndSessions",
        subject=user.get_username(),
        outcome=AuditOutcome.SUCCEEDED,
        after={"sessions_ended": ended},
    )


def _living(now: datetime) -> "QuerySet[LiveSession]":
    return LiveSession.objects.filter(  # guard: Z8
        created_at__gt=now - _absolute_limit(), seen_at__gt=now - _idle_limit()
    )


def _uuid(text: str) -> uuid.UUID:
    """Parse the ID in a session; an invalid one becomes the nil UUID, which no row has."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
