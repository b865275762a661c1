"""One-time sign-in links, and the audit rows of sign-ins.

A typed user name is stored only if it exists, because people sometimes type their password there.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from wizard.domain import EVERYWHERE, Role
from wizard.domain.origins import acting, current_origin
from wizard.models import AuditOutcome, SignInLink
from wizard.services.audit import record_event
from wizard.services.people import directory

LINK_LIFETIME: Final = timedelta(hours=1)
UNKNOWN_NAME: Final = "(no such name)"


def create_link(*, username: str) -> str:
    """Return the token of a new link. An unknown user name becomes an administrator.

    A new person gets no password. The database stores the token's digest only. Raises
    PermissionError for a person who is switched off.
    """
    with transaction.atomic():
        user = User.objects.filter(username=username).first()
        if user is None:
            grants = {EVERYWHERE: Role.ADMINISTRATOR}
            user = directory.add_person(username=username, grants=grants)
        return create_link_for(user)


def create_link_for(user: User) -> str:
    """Return the token of a new link; raises PermissionError like `create_link`."""
    if not user.is_active:
        raise PermissionError(user.get_username())
    now = timezone.now()
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        SignInLink.objects.filter(expires_at__lte=now).delete()
        SignInLink.objects.create(
            token_digest=_digest(token), user=user, expires_at=now + LINK_LIFETIME
        )
        _note("CreateSignInLink", user.get_username(), AuditOutcome.SUCCEEDED)
    return token


def is_link_valid(*, token: str) -> bool:
    """Whether the link can still be used. This does not use it up."""
    return _open_links(token).exists()


def use_link(*, token: str) -> User | None:
    """Use the link up and return its person; None when it is used, expired or unknown."""
    # A single UPDATE is atomic: of two concurrent requests one updates no row.
    if _open_links(token).update(used_at=timezone.now()) != 1:
        return None
    return SignInLink.objects.select_related("user").get(token_digest=_digest(token)).user


def note_sign_in(*, user: User, way: str) -> None:
    """Audit a sign-in."""
    _as(user, lambda: _note("SignIn", user.get_username(), AuditOutcome.SUCCEEDED, way))


def note_failed_sign_in(*, typed_name: str, way: str) -> None:
    """Audit a failed sign-in."""
    _note("SignIn", known_name(typed_name), AuditOutcome.FAILED, way)


def note_locked(*, name: str) -> None:
    """Audit that a limit of failed attempts was reached."""
    _note("LockSignIn", name, AuditOutcome.REFUSED)


def note_sign_out(*, user: User) -> None:
    """Audit a sign-out."""
    _note("SignOut", user.get_username(), AuditOutcome.SUCCEEDED)


def note_proof(*, user: User, way: str, is_good: bool) -> None:
    """Audit a confirmation of identity, or a failed one."""
    outcome = AuditOutcome.SUCCEEDED if is_good else AuditOutcome.FAILED
    _note("ConfirmIdentity", user.get_username(), outcome, way)


def known_name(typed: str) -> str:
    """Return the typed name if it exists, else UNKNOWN_NAME."""
    return typed if User.objects.filter(username=typed).exists() else UNKNOWN_NAME


def _note(action: str, subject: str, outcome: AuditOutcome, way: str = "") -> None:
    after = {"way": str(way)} if way else None
    record_event(action, subject=subject, outcome=outcome, after=after)


def _as(user: User, write: Callable[[], None]) -> None:
    """Attribute the audit row to the person, because the request is still anonymous."""
    origin = replace(current_origin(), user_id=user.pk, username=user.get_username())
    with acting(origin):
        write()


def _open_links(token: str) -> "QuerySet[SignInLink]":
    return SignInLink.objects.filter(
        token_digest=_digest(token),
        used_at__isnull=True,
        expires_at__gt=timezone.now(),
        user__is_active=True,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
