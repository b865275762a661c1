"""Encrypts an upstream credential between its step and Create.

The ciphertext is stored with the draft (`credential_rows`), and a cookie with the path of the draft
contains its random key. Neither alone reveals the credential. After SEAL_SECONDS it cannot be
decrypted any more, and only the credential is asked again.
"""

import base64
import json

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_variables

from wizard.domain import Credential

SEAL_SECONDS = 15 * 60


@sensitive_variables()
def seal(credential: Credential) -> tuple[str, str]:
    """Return (ciphertext for the draft, key for the cookie)."""
    key = Fernet.generate_key()
    return Fernet(key).encrypt(credential.secret_string().encode()).decode(), key.decode()


@sensitive_variables()
def unseal(ciphertext: str, key: str) -> Credential | None:
    """Decrypt the result of `seal`; None if the key is missing or wrong, or after SEAL_SECONDS."""
    try:
        text = Fernet(key.encode()).decrypt(ciphertext.encode(), ttl=SEAL_SECONDS)
    except (InvalidToken, ValueError):  # guard: S6
        return None
    kept = json.loads(text)
    return Credential(username=kept["username"], access_token=kept["accessToken"])


def expires_at(ciphertext: str) -> int:
    """When the ciphertext expires, as a Unix time. Its timestamp can be read without the key.

    https://github.com/fernet/spec/blob/master/Spec.md: a version byte, then eight bytes of time.
    """
    return int.from_bytes(base64.urlsafe_b64decode(ciphertext)[1:9], "big") + SEAL_SECONDS


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
