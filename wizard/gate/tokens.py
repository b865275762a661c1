"""API tokens: `Authorization: Bearer ptc_...`, instead of any cookie.

The cookies of a request with a token are ignored, so it has no session. It needs no CSRF token,
because a forged request of another site cannot send the header.
"""

import logging
from typing import Final
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from wizard.exports import RULE_FORMATS
from wizard.gate import throttling
from wizard.models import ApiToken
from wizard.services import people
from wizard.web import GetResponse, refused

log = logging.getLogger("wizard.security")

_SCHEME: Final = "bearer "


class ApiTokenMiddleware:
    """Authenticates a token and removes the cookies, before the session middleware reads them."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if people.contains_token(unquote_plus(request.META.get("QUERY_STRING", ""))):  # guard: S10
            log.warning("%s %s refused: an API token in the address", request.method, request.path)
            text = (
                "URLs are logged, so revoke the API token in this URL. Send tokens in the"
                " Authorization header."
            )
            return refused(text, status=400)
        header = request.headers.get("Authorization", "")
        if not header.lower().startswith(_SCHEME):
            return self.get_response(request)
        token = people.find_token(header[len(_SCHEME) :].strip())
        if token is None:
            return _unknown(request)
        _carry(request, token)
        return self.get_response(request)


class ApiTokenUserMiddleware:
    """Makes the token's owner the user of the request, after Django's own authentication."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = token_of(request)
        if token is not None:
            request.user = token.user
        return self.get_response(request)


def token_of(request: HttpRequest) -> ApiToken | None:
    """Return the token of the request, or None."""
    token: ApiToken | None = getattr(request, "api_token", None)
    return token


def closed_to_token(
    request: HttpRequest, scope: str | None, *, is_export: bool
) -> HttpResponseBase | None:
    """Return the refusal of a token without the scope or format; None when it is sufficient."""
    token = token_of(request)
    if token is None:
        return None
    if scope is None or scope not in token.scopes:
        needed = (
            f"This endpoint requires a token with the scope {scope}."
            if scope
            else "API tokens can't access this endpoint."
        )
        return refused(needed, status=403, challenge="insufficient_scope")
    if is_export and request.GET.get("format") not in RULE_FORMATS:
        wanted = " or ".join(f"format={name}" for name in RULE_FORMATS)
        return refused(f"Add {wanted} to the address.", status=406)
    return None


def _carry(request: HttpRequest, token: ApiToken) -> None:
    request.COOKIES = {}  # guard: Z12
    setattr(request, "api_token", token)  # noqa: B010 - no member of HttpRequest
    setattr(request, "_dont_enforce_csrf_checks", True)  # noqa: B010 - Django's own attribute


def _unknown(request: HttpRequest) -> HttpResponse:
    """Refuse a token that is not valid. A valid one is accepted from every address."""
    if throttling.is_throttled(request, throttling.TOKENS):  # guard: Z7
        return throttling.too_many(request)
    log.warning("%s %s refused: an API token that is not good", request.method, request.path)
    throttling.note_failure(request, throttling.TOKENS)
    if throttling.is_locked(request):
        return throttling.too_many(request)
    return refused("The token is invalid or expired.", status=401, challenge="invalid_token")
