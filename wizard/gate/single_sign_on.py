"""Single sign-on through OpenID Connect, and the authentication backends.

mozilla-django-oidc does the authorization code exchange. This module adds the checks that it lacks:
issuer and audience of the token, one algorithm, and keys of the configured provider only.
`identity_provider.py` sends the requests. `services/people/external.py` decides who is admitted.
`PasswordBackend` refuses passwords of people whose grants the provider decides.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import jwt
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string
from django.views.decorators.debug import sensitive_variables
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import absolutify, generate_code_challenge

from wizard.domain.errors import SingleSignOnRefused
from wizard.gate import sign_on_rounds
from wizard.gate.identity_provider import ask_provider, provider
from wizard.gate.sign_on_rounds import Asked
from wizard.services import access, people

log = logging.getLogger("wizard.security")

BACKEND: Final = "wizard.gate.single_sign_on.SingleSignOnBackend"
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


class SingleSignOnBackend(OIDCAuthenticationBackend):  # type: ignore[misc] # it has no types
    """Turns the provider's answer into a user.

    Raises SingleSignOnRefused or SingleSignOnUnavailable.
    """

    def __init__(self) -> None:
        # Django instantiates every backend at each sign-in, also without single sign-on.
        self.OIDC_RP_CLIENT_ID = settings.OIDC_CLIENT_ID
        self.OIDC_RP_CLIENT_SECRET = settings.OIDC_CLIENT_SECRET
        self.OIDC_RP_SIGN_ALGO = ALGORITHM
        self.OIDC_RP_IDP_SIGN_KEY = None

    @staticmethod
    def get_settings(attr: str, *args: Any) -> Any:
        if attr == "OIDC_AUTHENTICATION_CALLBACK_URL":
            return CALLBACK
        return args[0] if args else None

    @sensitive_variables()
    def authenticate(self, request: HttpRequest, *, nonce: str, code_verifier: str) -> User | None:
        """Keyword-only arguments keep Django from passing a user name and password to it."""
        found: User | None = super().authenticate(request, nonce=nonce, code_verifier=code_verifier)
        return found

    @sensitive_variables()
    def get_token(self, payload: dict[str, str]) -> dict[str, Any]:
        auth = None
        if provider().wants_basic:
            auth = (quote(payload["client_id"]), quote(payload.pop("client_secret")))
        found = ask_provider("POST", provider().token_endpoint, data=payload, auth=auth)
        if not isinstance(found.get("id_token"), str):
            raise SingleSignOnRefused("the provider gave no identity token")
        return found

    @sensitive_variables()
    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """Return the claims after checking signature, issuer, audience, time and nonce."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.retrieve_matching_jwk(token),
                algorithms=[ALGORITHM],
                audience=settings.OIDC_CLIENT_ID,
                issuer=provider().issuer,
                leeway=LEEWAY,  # guard: Z11
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, SuspiciousOperation, KeyError, ValueError) as error:
            raise SingleSignOnRefused(f"the identity token: {type(error).__name__}") from error
        if claims.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID:
            raise SingleSignOnRefused("the identity token was made for another program")
        if not constant_time_compare(str(claims.get("nonce", "")), kwargs["nonce"]):
            raise SingleSignOnRefused("the identity token is of another round")
        return claims

    def retrieve_matching_jwk(self, token: str) -> Any:
        """Return the provider's key with the key ID in the token's header."""
        header = jwt.get_unverified_header(token)
        keys = ask_provider("GET", provider().jwks_uri).get("keys")
        for key in keys if isinstance(keys, list) else []:
            if not isinstance(key, dict) or key.get("use", "sig") != "sig":  # guard: Z11
                continue
            fits = key.get("kid") == header.get("kid")
            if fits and key.get("kty") == "RSA" and key.get("alg", ALGORITHM) == ALGORITHM:
                return jwt.PyJWK(key, algorithm=ALGORITHM)
        raise SingleSignOnRefused("the identity token is signed with none of the provider's keys")

    @sensitive_variables()
    def get_or_create_user(
        self, access_token: str, _id_token: str, payload: dict[str, Any]
    ) -> User:
        claims = self.get_userinfo(access_token, _id_token, payload)
        user = people.admit(issuer=payload["iss"], subject=str(payload["sub"]), claims=claims)
        setattr(self.request, "sso_claims", payload)  # noqa: B010 - no member of HttpRequest
        return user

    @sensitive_variables()
    def get_userinfo(
        self, access_token: str, _id_token: str, payload: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the claims, with those of the userinfo endpoint when the groups are missing."""
        url = provider().userinfo_endpoint
        if settings.OIDC_GROUPS_CLAIM in payload or not url:
            return payload
        found = ask_provider("GET", url, headers={"Authorization": f"Bearer {access_token}"})
        if found.get("sub") != payload["sub"]:  # guard: Z11
            raise SingleSignOnRefused("the provider told about somebody else")
        return found | payload

    def get_user(self, user_id: int) -> User | None:
        """Return the user if active; the library does not check that."""
        return _active_user(user_id)


class PasswordBackend(ModelBackend):
    """Django's passwords, except for people whose grants the provider decides.

    Otherwise a person whom the provider has removed could keep their grants with a password. A
    one-time link still works for them, because an administrator has to create it.
    """

    @sensitive_variables()
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:  # type: ignore[override]
        """Check the password first, so that a refusal takes as long as a wrong password."""
        user = super().authenticate(request, **credentials)
        if not isinstance(user, User) or people.grants_follow_provider(user):
            return None
        return user

    def get_user(self, user_id: int) -> User | None:
        """Return the user if active."""
        return _active_user(user_id)


def _active_user(user_id: int) -> User | None:
    """Return the user of a session with their grants, which the request needs anyway."""
    user = access.user_with_grants(user_id)
    return user if user is not None and user.is_active else None


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
    return str(absolutify(request, reverse(CALLBACK)))
