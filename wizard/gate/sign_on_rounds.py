"""The rounds of single sign-on that a browser has begun, in a signed cookie.

Nothing is stored on the server before the provider has answered, so that visitors who only begin
leave no rows behind. The cookie is bound to the host and inaccessible to scripts. What it contains
is of use to this browser only: the provider accepts each code once.
"""

import time
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from wizard.domain.errors import SingleSignOnRefused

LIFETIME_SECONDS: Final = 3600
# Rounds in several tabs; beginning further ones forgets the oldest.
MOST_ROUNDS: Final = 3
_LONGEST_URL: Final = 500
_SALT: Final = "wizard.gate.sign_on_rounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An authorization request that this browser sent. Its answer uses it up."""

    nonce: str
    code_verifier: str
    begun_at: float
    next_url: str
    is_proof: bool


def cookie_name() -> str:
    return "__Host-single-sign-on" if settings.SESSION_COOKIE_SECURE else "single-sign-on"


def add(request: HttpRequest, response: HttpResponse, *, state: str, asked: Asked) -> None:
    """Add a round to the cookie."""
    url = asked.next_url if len(asked.next_url) <= _LONGEST_URL else ""
    rounds = {**_read(request), state: asdict(asked) | {"next_url": url}}
    _write(response, dict(list(rounds.items())[-MOST_ROUNDS:]))


def find(request: HttpRequest) -> Asked:
    """Return the round that this answer belongs to; raises SingleSignOnRefused without one."""
    kept = _read(request).get(request.GET.get("state", ""))
    if kept is None or time.time() - kept["begun_at"] > LIFETIME_SECONDS:
        raise SingleSignOnRefused("the state is of no round that this browser began")
    return Asked(**kept)


def remove(request: HttpRequest, response: HttpResponse) -> None:
    """Remove the round of this answer from the cookie."""
    rounds = _read(request)
    if rounds.pop(request.GET.get("state", ""), None) is not None:
        _write(response, rounds)


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        found: dict[str, Any] = signing.loads(
            request.COOKIES.get(cookie_name(), ""), salt=_SALT, max_age=LIFETIME_SECONDS
        )
    except signing.BadSignature:
        return {}
    return found


def _write(response: HttpResponse, rounds: dict[str, Any]) -> None:
    if not rounds:
        response.delete_cookie(cookie_name(), samesite="Lax")
        response.cookies[cookie_name()]["secure"] = settings.SESSION_COOKIE_SECURE
        return
    response.set_cookie(
        cookie_name(),
        signing.dumps(rounds, salt=_SALT, compress=True),
        max_age=LIFETIME_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
