"""Single sign-on through OpenID Connect: the way of a browser to the provider, and proofs.

`single_sign_on_backend.py` reads the answers. The libraries, requests and mozilla-django-oidc, are
imported where they are used, because a console without single sign-on does without them.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string

from wizard.domain.errors import SingleSignOnRefused
from wizard.gate import sign_on_rounds
from wizard.gate.identity_provider import provider
from wizard.gate.sign_on_rounds import Asked

log = logging.getLogger("wizard.security")

BACKEND: Final = "wizard.gate.single_sign_on_backend.SingleSignOnBackend"
CALLBACK: Final = "single-sign-on-callback"
ALGORITHM: Final = "RS256"
# Tolerated clock skew between provider and console, in seconds.
LEEWAY: Final = 60


def is_configured() -> bool:
    return bool(settings.OIDC_ISSUER)


def redirect_to_provider(
    request: HttpRequest, *, next_url: str, is_proof: bool
) -> HttpResponseRedirect:
    """Redirect the browser; state, nonce and verifier are kept in its cookie.

    With `is_proof` the provider must ask for the password again even if the person is signed in.
    Raises SingleSignOnUnavailable.
    """
    from mozilla_django_oidc.utils import generate_code_challenge

    state, nonce, verifier = get_random_string(32), get_random_string(32), get_random_string(64)
    params = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "scope": settings.OIDC_SCOPES,
        "redirect_uri": _callback_url(request),
        "state": state,
        "nonce": nonce,
        "code_challenge": generate_code_challenge(verifier, "S256"),
        "code_challenge_method": "S256",
        # With max_age the provider must return auth_time (OpenID Connect Core, section 2). The
        # length of a session avoids asking people who signed in at the provider today.
        "max_age": str(settings.SESSION_HOURS * 3600),
    }
    if is_proof:
        params |= {"prompt": "login", "max_age": "0"}
    response = HttpResponseRedirect(f"{provider().authorization_endpoint}?{urlencode(params)}")
    asked = Asked(
        nonce=nonce,
        code_verifier=verifier,
        begun_at=time.time(),
        next_url=next_url,
        is_proof=is_proof,
    )
    sign_on_rounds.add(request, response, state=state, asked=asked)
    return response


def proved_at(request: HttpRequest) -> float:
    """Return when the provider asked for the password; 0 when it does not say.

    The time of the answer proves nothing: a provider answers without asking while the person is
    signed in there.
    """
    # The provider's clock may be ahead of ours.
    return min(_auth_time(request) or 0.0, timezone.now().timestamp())


def check_is_new_proof(request: HttpRequest, asked: Asked) -> None:
    """Raise SingleSignOnRefused when the provider did not ask for the password again."""
    asked_at = _auth_time(request)
    begun_at = asked.begun_at
    begun_at -= LEEWAY  # guard: Z9
    if asked_at is None or asked_at < begun_at:  # guard: Z9
        raise SingleSignOnRefused("the provider did not ask for the password again")


def _auth_time(request: HttpRequest) -> float | None:
    claims: Mapping[str, Any] = getattr(request, "sso_claims", {})
    found = claims.get("auth_time")
    return found if isinstance(found, int | float) else None


def _callback_url(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse(CALLBACK))
