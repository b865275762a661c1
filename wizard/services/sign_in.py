"""One-time sign-in links: the way in where no password exists yet."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from wizard.models import SignInLink

LINK_LIFETIME = timedelta(hours=1)


def create_link(*, username: str) -> str:
    """Return the token of a new link for that person, who is made an administrator if unknown.

    A new person gets no password. The token is shown once, here; the database keeps its digest.
    Raises PermissionError for a person whose account is switched off.
    """
    user = _get_or_create_user(username)
    if not user.is_active:
        raise PermissionError(username)
    now = timezone.now()
    SignInLink.objects.filter(expires_at__lte=now).delete()
    token = secrets.token_urlsafe(32)
    SignInLink.objects.create(
        token_digest=_digest(token), user=user, expires_at=now + LINK_LIFETIME
    )
    return token


def is_link_valid(*, token: str) -> bool:
    """Say whether the link could still be used; looking does not use it up."""
    return _open_links(token).exists()


def use_link(*, token: str) -> User | None:
    """Use the link up and return whose it was; None when it was used, expired or never made."""
    # One statement decides, so of two requests at the same moment one finds nothing to change.
    if _open_links(token).update(used_at=timezone.now()) != 1:
        return None
    return SignInLink.objects.select_related("user").get(token_digest=_digest(token)).user


def _get_or_create_user(username: str) -> User:
    user, is_new = get_user_model().objects.get_or_create(
        username=username, defaults={"is_staff": True, "is_superuser": True}
    )
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _open_links(token: str) -> QuerySet[SignInLink]:
    return SignInLink.objects.filter(
        token_digest=_digest(token),
        used_at__isnull=True,
        expires_at__gt=timezone.now(),
        user__is_active=True,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
