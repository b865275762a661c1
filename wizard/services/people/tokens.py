"""API tokens: displayed once, stored as digests, limited by scopes and by the owner's grants."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from wizard.domain import MOST_TOKEN_DAYS, Scope
from wizard.domain.errors import TokenNotFound
from wizard.models import ApiToken, AuditOutcome
from wizard.services.audit import record_event

TOKEN_MARK: Final = "ptc_"  # noqa: S105 - how every token begins
_SHOWN: Final = len(TOKEN_MARK) + 8
# 32 random bytes in base64url without padding. The last character has four bits of them.
_WHOLE_TOKEN = re.compile(
    rf"(?<![A-Za-z0-9_-]){TOKEN_MARK}[A-Za-z0-9_-]{{42}}[AEIMQUYcgkosw048](?![A-Za-z0-9_-])"
)
_USED_EVERY: Final = timedelta(minutes=1)


@transaction.atomic
def create_token(
    *, user: User, name: str, scopes: Iterable[Scope], days: int
) -> tuple[str, ApiToken]:
    """Create a token; return its text, which cannot be read again, and its row."""
    text = TOKEN_MARK + secrets.token_urlsafe(32)
    now = timezone.now()
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=_digest(text),
        prefix=text[:_SHOWN],
        scopes=sorted(scope.value for scope in scopes),
        created_at=now,
        expires_at=now + timedelta(days=min(days, MOST_TOKEN_DAYS)),
    )
    _note("CreateApiToken", token)
    return text, token


def contains_token(text: str) -> bool:
    """Whether the text contains a whole token; `ptc_` also begins prefixes and names."""
    return _WHOLE_TOKEN.search(text) is not None


def find_token(text: str) -> ApiToken | None:
    """Return the valid token with this text, or None."""
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("user")
        .filter(
            digest=_digest(text),
            revoked_at__isnull=True,
            expires_at__gt=now,
            user__is_active=True,
        )
        .first()
    )
    if token and (token.last_used_at is None or now - token.last_used_at > _USED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def tokens_of(*, user: User) -> list[ApiToken]:
    """Return a person's tokens, newest first, including expired and revoked ones."""
    return list(ApiToken.objects.filter(user=user))


@transaction.atomic
def revoke_token(*, user: User, token_id: int) -> ApiToken:
    """Revoke a token of the person; idempotent. Raises TokenNotFound."""
    token = ApiToken.objects.select_related("user").filter(user=user, pk=token_id).first()
    if token is None:
        raise TokenNotFound(str(token_id))
    ended = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True)
    if ended.update(revoked_at=timezone.now()):
        _note("RevokeApiToken", token)
    return token


def _note(action: str, token: ApiToken) -> None:
    record_event(
        action,
        subject=f"{token.user.get_username()}: {token.name} ({token.prefix}...)",
        outcome=AuditOutcome.SUCCEEDED,
        after={"scopes": token.scopes, "expires_at": token.expires_at},
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
