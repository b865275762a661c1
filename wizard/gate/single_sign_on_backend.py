"""The authentication backend of single sign-on; settings name it when a provider is configured.

mozilla-django-oidc does the authorization code exchange. This module adds the checks that it lacks:
issuer and audience of the token, one algorithm, and keys of the configured provider only.
`identity_provider.py` sends the requests. `services/people/external.py` decides who is admitted.
"""

from typing import Any
from urllib.parse import quote

import jwt
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_variables
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from wizard.domain.errors import SingleSignOnRefused
from wizard.gate.identity_provider import ask_provider, provider
from wizard.gate.passwords import active_user
from wizard.gate.single_sign_on import ALGORITHM, CALLBACK, LEEWAY
from wizard.services import people


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
        return active_user(user_id)
