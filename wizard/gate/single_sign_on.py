"""Single sign-on through OpenID Connect: the provider, who it says somebody is, and since when.

mozilla-django-oidc has the exchange with the provider; what it leaves open is closed here: the
token's issuer and audience, one algorithm, keys of that provider only, and every request to it
bounded in time and size, without redirects. Who is let in, `services.external_people` decides.
Passwords are here for the people to whom they are closed: those whose grants the provider decides.
"""

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import jwt
import requests
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string
from django.views.decorators.debug import sensitive_variables
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import (
    absolutify,
    add_state_and_verifier_and_nonce_to_session,
    generate_code_challenge,
)

from wizard.domain.errors import SingleSignOnRefused, SingleSignOnUnavailable
from wizard.services.people import directory, external

log = logging.getLogger("wizard.security")

BACKEND: Final = "wizard.gate.single_sign_on.SingleSignOnBackend"
CALLBACK: Final = "single-sign-on-callback"
ALGORITHM: Final = "RS256"
# Connecting and reading, in seconds; a provider that takes longer is one that does not answer.
TIMEOUT: Final = (3.0, 5.0)
MOST_BYTES: Final = 512 * 1024
# The clocks of provider and console may differ by so much, in seconds.
LEEWAY: Final = 60
# A provider's addresses change seldom; its keys are read at each sign-in.
REMEMBERED_SECONDS: Final = 3600.0
_STATES: Final = "oidc_states"
_METHODS: Final = "token_endpoint_auth_methods_supported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What a provider says of itself at its well-known address."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    wants_basic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A round to the provider that was begun in this session, taken out of it: it holds once."""

    nonce: str
    code_verifier: str
    begun_at: float
    next_url: str
    is_proof: bool


_remembered: dict[str, tuple[float, Provider]] = {}


def is_configured() -> bool:
    return bool(settings.OIDC_ISSUER)


def forget_provider() -> None:
    """Ask anew the next time."""
    _remembered.clear()


def provider() -> Provider:
    """The configured provider; raises SingleSignOnUnavailable."""
    issuer = settings.OIDC_ISSUER
    at, known = _remembered.get(issuer, (0.0, None))
    if known is None or time.monotonic() - at > REMEMBERED_SECONDS:
        known = _discovered(issuer)
        _remembered[issuer] = (time.monotonic(), known)
    return known


def authorization_url(request: HttpRequest, *, next_url: str, is_proof: bool) -> str:
    """Where to send a browser; what its answer must fit is kept in the session.

    With `is_proof` the provider is to ask for the password anew, whoever is signed in there.
    """
    state, verifier = get_random_string(32), get_random_string(64)
    params = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "scope": settings.OIDC_SCOPES,
        "redirect_uri": _callback_url(request),
        "state": state,
        "nonce": get_random_string(32),
        "code_challenge": generate_code_challenge(verifier, "S256"),
        "code_challenge_method": "S256",
        # Whoever sends a max_age must be told when the password was asked for (OpenID Connect Core
        # 2, auth_time). A short one would make everybody type it at each sign-in; one as long as a
        # session asks nobody who has signed in at the provider today.
        "max_age": str(settings.SESSION_HOURS * 3600),
    }
    if is_proof:
        params |= {"prompt": "login", "max_age": "0"}
    add_state_and_verifier_and_nonce_to_session(request, state, params, verifier)
    request.session[_STATES][state] |= {"next_url": next_url, "is_proof": is_proof}
    request.session.modified = True
    return f"{provider().authorization_endpoint}?{urlencode(params)}"


def take_asked(request: HttpRequest) -> Asked:
    """The round that this answer belongs to; raises SingleSignOnRefused for none of ours."""
    kept = request.session.get(_STATES, {}).pop(request.GET.get("state", ""), None)
    request.session.modified = True
    if kept is None:
        raise SingleSignOnRefused("the state is of no round that this browser began")
    return Asked(
        nonce=kept["nonce"],
        code_verifier=kept["code_verifier"],
        begun_at=kept["added_on"],
        next_url=kept["next_url"],
        is_proof=kept["is_proof"],
    )


class SingleSignOnBackend(OIDCAuthenticationBackend):  # type: ignore[misc] # it has no types
    """Turns the provider's answer into a person. Raises SingleSignOnRefused or -Unavailable."""

    def __init__(self) -> None:
        # The library reads its settings here, also when somebody signs in with a password.
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
        """The arguments are by name, so that a password never comes here."""
        found: User | None = super().authenticate(request, nonce=nonce, code_verifier=code_verifier)
        return found

    @sensitive_variables()
    def get_token(self, payload: dict[str, str]) -> dict[str, Any]:
        auth = None
        if provider().wants_basic:
            auth = (quote(payload["client_id"]), quote(payload.pop("client_secret")))
        found = _sent("POST", provider().token_endpoint, data=payload, auth=auth)
        if not isinstance(found.get("id_token"), str):
            raise SingleSignOnRefused("the provider gave no identity token")
        return found

    @sensitive_variables()
    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """The claims of an identity token that is the provider's own, for us, and of now."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.retrieve_matching_jwk(token),
                algorithms=[ALGORITHM],
                audience=settings.OIDC_CLIENT_ID,
                issuer=provider().issuer,
                leeway=LEEWAY,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.InvalidTokenError, SuspiciousOperation, KeyError, ValueError) as error:
            raise SingleSignOnRefused(f"the identity token: {type(error).__name__}") from error
        if claims.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID:
            raise SingleSignOnRefused("the identity token was made for another program")
        if not constant_time_compare(str(claims.get("nonce", "")), kwargs["nonce"]):
            raise SingleSignOnRefused("the identity token is of another round")
        return claims

    def retrieve_matching_jwk(self, token: str) -> Any:
        """The provider's key that the token names."""
        header = jwt.get_unverified_header(token)
        for key in _sent("GET", provider().jwks_uri).get("keys", []):
            fits = key.get("kid") == header.get("kid") and key.get("use", "sig") == "sig"
            if fits and key.get("kty") == "RSA" and key.get("alg", ALGORITHM) == ALGORITHM:
                return jwt.PyJWK(key, algorithm=ALGORITHM)
        raise SingleSignOnRefused("the identity token is signed with none of the provider's keys")

    @sensitive_variables()
    def get_or_create_user(
        self, access_token: str, _id_token: str, payload: dict[str, Any]
    ) -> User:
        claims = self.get_userinfo(access_token, _id_token, payload)
        user = external.admit(issuer=payload["iss"], subject=str(payload["sub"]), claims=claims)
        setattr(self.request, "sso_claims", payload)  # noqa: B010 - no member of HttpRequest
        return user

    @sensitive_variables()
    def get_userinfo(
        self, access_token: str, _id_token: str, payload: dict[str, Any]
    ) -> dict[str, Any]:
        """The claims, with what the provider tells only when it is asked, such as groups."""
        url = provider().userinfo_endpoint
        if settings.OIDC_GROUPS_CLAIM in payload or not url:
            return payload
        found = _sent("GET", url, headers={"Authorization": f"Bearer {access_token}"})
        if found.get("sub") != payload["sub"]:
            raise SingleSignOnRefused("the provider told about somebody else")
        return found | payload

    def get_user(self, user_id: int) -> User | None:
        """Nobody who is switched off; the library does not look."""
        found: User | None = ModelBackend.get_user(self, user_id)
        return found


class PasswordBackend(ModelBackend):
    """Django's passwords, but for those whose grants follow the provider.

    Whom the provider has let go would otherwise come in by a password of their own making, with the
    grants they had. A one-time link still lets them in: an administrator has to want it.
    """

    @sensitive_variables()
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:  # type: ignore[override]
        """As wrong as a wrong password, and as slow: the password is looked at first."""
        user = super().authenticate(request, **credentials)
        if not isinstance(user, User) or directory.grants_follow_provider(user):
            return None
        return user


def proved_at(request: HttpRequest) -> float:
    """When the provider asked this person for the password; 0, long ago, when it does not say.

    A provider answers by itself while somebody is signed in there, which proves nothing of now.
    """
    # Its clock may be ahead of ours, and a proof of tomorrow would hold for longer.
    return min(_auth_time(request) or 0.0, timezone.now().timestamp())


def check_is_new_proof(request: HttpRequest, asked: Asked) -> None:
    """Refuse an answer to `is_proof` for which the provider did not ask for the password anew."""
    asked_at = _auth_time(request)
    if asked_at is None or asked_at < asked.begun_at - LEEWAY:
        raise SingleSignOnRefused("the provider did not ask for the password again")


def _auth_time(request: HttpRequest) -> float | None:
    claims: Mapping[str, Any] = getattr(request, "sso_claims", {})
    found = claims.get("auth_time")
    return found if isinstance(found, int | float) else None


def _discovered(issuer: str) -> Provider:
    told = _sent("GET", f"{issuer}/.well-known/openid-configuration")
    try:
        found = Provider(
            issuer=str(told["issuer"]),
            authorization_endpoint=str(told["authorization_endpoint"]),
            token_endpoint=str(told["token_endpoint"]),
            jwks_uri=str(told["jwks_uri"]),
            userinfo_endpoint=str(told.get("userinfo_endpoint") or ""),
            wants_basic="client_secret_post" not in told.get(_METHODS, []),
        )
    except KeyError as error:
        raise SingleSignOnUnavailable(f"the provider does not tell its {error}") from error
    if found.issuer.rstrip("/") != issuer:
        raise SingleSignOnUnavailable("the provider calls itself by another name")
    for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
        _check_is_safe(url)
    return found


def _check_is_safe(url: str) -> None:
    """Only TLS, but for a provider on this machine, for trying it out."""
    loopback = () if settings.IS_PRODUCTION else ("http://127.0.0.1:", "http://localhost:")
    if not url.startswith(("https://", *loopback)):
        raise SingleSignOnUnavailable("the provider has an address without TLS")


@sensitive_variables()
def _sent(method: str, url: str, **more: Any) -> dict[str, Any]:
    """The JSON object that the provider answers with; raises SingleSignOnUnavailable or -Refused.

    What it says of an error is logged by its code alone: the rest may hold anything.
    """
    _check_is_safe(url)
    try:
        with requests.request(
            method, url, timeout=TIMEOUT, allow_redirects=False, stream=True, **more
        ) as answer:
            body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
            status = answer.status_code
    except (requests.RequestException, OSError) as error:
        raise SingleSignOnUnavailable(f"{type(error).__name__} at {url}") from error
    if status >= 500 or status in (301, 302, 303, 307, 308) or len(body) > MOST_BYTES:
        raise SingleSignOnUnavailable(f"status {status}, {len(body)} bytes at {url}")
    try:
        found = json.loads(body)
    except ValueError as error:
        raise SingleSignOnUnavailable(f"no JSON at {url}") from error
    if not isinstance(found, dict):
        raise SingleSignOnUnavailable(f"no JSON object at {url}")
    if status != 200:
        raise SingleSignOnRefused(f"the provider answers {status} {str(found.get('error'))[:60]}")
    return found


def _callback_url(request: HttpRequest) -> str:
    return str(absolutify(request, reverse(CALLBACK)))
