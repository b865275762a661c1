"""The requests to the single sign-on provider, and its discovery document.

Each request has limits on time, size and redirects. Whatever the provider answers, the result is a
JSON object, SingleSignOnUnavailable or SingleSignOnRefused.
"""

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.views.decorators.debug import sensitive_variables
from urllib3.exceptions import HTTPError

from wizard.domain.errors import SingleSignOnRefused, SingleSignOnUnavailable

if TYPE_CHECKING:
    from requests import Response

# Connect and read timeouts in seconds.
TIMEOUT: Final = (3.0, 5.0)
# The time limit of a whole answer, in seconds: the read timeout starts again with each byte.
DEADLINE: Final = 10.0
MOST_BYTES: Final = 512 * 1024
# How long the discovery document is cached. The provider's keys are read at each sign-in.
REMEMBERED_SECONDS: Final = 3600.0
_CHUNK: Final = 64 * 1024
_METHODS: Final = "token_endpoint_auth_methods_supported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The provider's discovery document (`.well-known/openid-configuration`)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    wants_basic: bool


_remembered: dict[str, tuple[float, Provider]] = {}


def forget_provider() -> None:
    """Clear the cached discovery document."""
    _remembered.clear()


def provider() -> Provider:
    """Return the configured provider; raises SingleSignOnUnavailable."""
    issuer = settings.OIDC_ISSUER
    at, known = _remembered.get(issuer, (0.0, None))
    if known is None or time.monotonic() - at > REMEMBERED_SECONDS:
        known = _discovered(issuer)
        _remembered[issuer] = (time.monotonic(), known)
    return known


@sensitive_variables()
def ask_provider(method: str, url: str, **more: Any) -> dict[str, Any]:
    """Send a request and return the JSON object of the answer.

    Raises SingleSignOnUnavailable or SingleSignOnRefused. Of an error only the code is kept,
    because the description may contain anything.
    """
    import requests

    _check_is_safe(url)
    try:
        with requests.request(
            method,
            url,
            timeout=TIMEOUT,
            allow_redirects=False,  # guard: Z11
            stream=True,
            **more,
        ) as answer:
            body = _body(answer)
            status = answer.status_code
    # Reading the body raises urllib3's errors, which requests wraps only in its own methods.
    except (requests.RequestException, HTTPError, OSError) as error:
        raise SingleSignOnUnavailable(f"{type(error).__name__} at {url}") from error
    if len(body) > MOST_BYTES:  # guard: Z11
        raise SingleSignOnUnavailable(f"more than {MOST_BYTES} bytes at {url}")
    if status >= 500 or status in (301, 302, 303, 307, 308):
        raise SingleSignOnUnavailable(f"status {status}, {len(body)} bytes at {url}")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SingleSignOnUnavailable(f"no JSON at {url}") from error
    if not isinstance(found, dict):
        raise SingleSignOnUnavailable(f"no JSON object at {url}")
    if status != 200:
        raise SingleSignOnRefused(f"the provider answers {status} {str(found.get('error'))[:60]}")
    return found


def _body(answer: "Response") -> bytes:
    """Read the body as it arrives, up to one byte more than the limit and until the deadline."""
    ends_at, body = time.monotonic() + DEADLINE, bytearray()
    while len(body) <= MOST_BYTES:
        if time.monotonic() > ends_at:  # guard: Z11
            raise TimeoutError
        chunk = answer.raw.read1(min(_CHUNK, MOST_BYTES + 1 - len(body)), decode_content=True)
        if not chunk:
            break
        body += chunk
    return bytes(body)


def _discovered(issuer: str) -> Provider:
    told = ask_provider("GET", f"{issuer}/.well-known/openid-configuration")
    methods = told.get(_METHODS)
    try:
        found = Provider(
            issuer=str(told["issuer"]),
            authorization_endpoint=str(told["authorization_endpoint"]),
            token_endpoint=str(told["token_endpoint"]),
            jwks_uri=str(told["jwks_uri"]),
            userinfo_endpoint=str(told.get("userinfo_endpoint") or ""),
            wants_basic=not isinstance(methods, list) or "client_secret_post" not in methods,
        )
    except KeyError as error:
        raise SingleSignOnUnavailable(f"the provider does not tell its {error}") from error
    if found.issuer.rstrip("/") != issuer:
        raise SingleSignOnUnavailable("the provider calls itself by another name")
    for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
        _check_is_safe(url)
    return found


def _check_is_safe(url: str) -> None:
    """Require https; loopback http is allowed outside production."""
    loopback = () if settings.IS_PRODUCTION else ("http://127.0.0.1:", "http://localhost:")
    if not url.startswith(("https://", *loopback)):
        raise SingleSignOnUnavailable("the provider has an address without TLS")
