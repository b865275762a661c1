"""The claims that the provider makes about people, and the false ones that a test may order."""

import time
from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator

# One thing at a time, set over HTTP: see `urls`.
LIES: dict[str, Any] = {}


class Validator(OAuth2Validator):  # type: ignore[misc] # the toolkit has no types
    """Adds a person's name and groups to the identity token, or what a test orders instead."""

    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        return {
            "preferred_username": request.user.get_username(),
            "email": request.user.email,
            "groups": [group.name for group in request.user.groups.all()],
        }

    def get_id_token_dictionary(self, token: Any, token_handler: Any, request: Any) -> Any:
        claims, expires = super().get_id_token_dictionary(token, token_handler, request)
        claims |= {name: value for name, value in LIES.items() if not name.startswith("is_")}
        if LIES.get("is_expired"):
            claims |= {"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}
        return claims, expires

    def finalize_id_token(self, id_token: Any, token: Any, token_handler: Any, request: Any) -> str:
        signed: str = super().finalize_id_token(id_token, token, token_handler, request)
        if not LIES.get("is_forged"):
            return signed
        head, _dot, signature = signed.rpartition(".")
        return f"{head}.{signature[::-1]}"
