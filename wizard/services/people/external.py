"""People who sign in by single sign-on. They are identified by `iss` and `sub`, never by e-mail.

With OIDC_GRANTS, the provider's groups decide their grants at each sign-in, for a limited time.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from wizard.domain import combined_grants, parse_group_grants
from wizard.domain.errors import SingleSignOnRefused
from wizard.domain.facts import storable_text
from wizard.models import ExternalIdentity
from wizard.services.people import directory

_LONGEST_NAME: Final = 140
_LONGEST_ID: Final = 255
_LONGEST_EMAIL: Final = 254


def admit(*, issuer: str, subject: str, claims: Mapping[str, Any]) -> User:
    """Return the person of this identity with current grants; adds them at the first sign-in.

    Raises SingleSignOnRefused for a person who is switched off, or whom no database can store.
    """
    if not subject or any(not _can_be_stored(each, _LONGEST_ID) for each in (subject, issuer)):
        raise SingleSignOnRefused("the provider names nobody")
    user = _found(issuer, subject) or _made(issuer, subject, claims)
    if not user.is_active:
        raise SingleSignOnRefused(f"{user.get_username()} is switched off")
    ExternalIdentity.objects.filter(user=user).update(signed_in_at=timezone.now())
    if settings.OIDC_GRANTS:
        granted = parse_group_grants(settings.OIDC_GRANTS)
        wanted = combined_grants(granted.get(group, {}) for group in _groups(claims))
        directory.set_grants(user=user, grants=wanted, keeps_administrator=False)
    return user


def _found(issuer: str, subject: str) -> User | None:
    identities = ExternalIdentity.objects.select_related("user")
    identity = identities.filter(issuer=issuer, subject=subject).first()
    return identity.user if identity else None


def _made(issuer: str, subject: str, claims: Mapping[str, Any]) -> User:
    """Add the person. Of two concurrent first sign-ins, the second one finds the first's row."""
    try:
        with transaction.atomic():
            user = directory.add_person(
                username=next(_free_names(claims)), email=_email(claims), grants={}
            )
            ExternalIdentity.objects.create(issuer=issuer, subject=subject, user=user)
    except IntegrityError:
        known = _found(issuer, subject)
        if known is None:
            raise
        return known
    return user


def _free_names(claims: Mapping[str, Any]) -> Iterator[str]:
    """Yield user names for a new person. An existing name is another person's and not reused."""
    wanted = (claims.get(name) for name in ("preferred_username", "email", "name"))
    named = next((text for text in wanted if isinstance(text, str) and text), "")
    base = re.sub(r"[^\w.@+-]+", "-", named).strip("-")[:_LONGEST_NAME] or "person"
    for number in count(1):
        name = base if number == 1 else f"{base}-{number}"
        if not User.objects.filter(username__iexact=name).exists():
            yield name


def _email(claims: Mapping[str, Any]) -> str:
    found = claims.get("email")
    return found if isinstance(found, str) and _can_be_stored(found, _LONGEST_EMAIL) else ""


def _can_be_stored(text: str, longest: int) -> bool:
    return len(text) <= longest and storable_text(text) == text  # guard: Z11


def _groups(claims: Mapping[str, Any]) -> list[str]:
    found = claims.get(settings.OIDC_GROUPS_CLAIM)
    if isinstance(found, str):
        return [found]
    return [str(group) for group in found] if isinstance(found, list) else []
