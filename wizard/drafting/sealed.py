"""Carries an upstream credential from its step to Create, readable by nobody on the way.

The draft holds a ciphertext, a cookie of the draft's own path holds its one-off key; each alone
says nothing. After `SEAL_SECONDS` neither opens any more and only the credential is asked again.
"""

import base64
import json
import time

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_variables

from wizard.domain.credentials import Credential

SEAL_SECONDS = 15 * 60


@sensitive_variables()
def seal(credential: Credential) -> tuple[str, str]:
    """Return (ciphertext for the draft, key for the cookie)."""
    key = Fernet.generate_key()
    return Fernet(key).encrypt(credential.secret_string().encode()).decode(), key.decode()


@sensitive_variables()
def unseal(ciphertext: str, key: str) -> Credential | None:
    """Open what `seal` closed; None when the key is missing, wrong or too old."""
    try:
        text = Fernet(key.encode()).decrypt(ciphertext.encode(), ttl=SEAL_SECONDS)
    except (InvalidToken, ValueError):  # guard: S6
        return None
    kept = json.loads(text)
    return Credential(username=kept["username"], access_token=kept["accessToken"])


def is_too_old(ciphertext: str) -> bool:
    """Whether nobody can open it any more, key or not. Its time is not secret; a key is not needed.

    https://github.com/fernet/spec/blob/master/Spec.md: a version byte, then the time in eight.
    """
    sealed_at = int.from_bytes(base64.urlsafe_b64decode(ciphertext)[1:9], "big")
    return time.time() > sealed_at + SEAL_SECONDS


def cookie_name() -> str:
    return "__Secure-ptc_credential" if settings.SESSION_COOKIE_SECURE else "ptc_credential"


def read_key(request: HttpRequest) -> str:
    return request.COOKIES.get(cookie_name(), "")


def set_key_cookie(response: HttpResponse, key: str, *, path: str) -> None:
    response.set_cookie(
        cookie_name(),
        key,
        max_age=SEAL_SECONDS,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def forget_key_cookie(response: HttpResponse, *, path: str) -> None:
    response.delete_cookie(cookie_name(), path=path, samesite="Strict")
