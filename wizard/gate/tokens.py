"""API tokens: `Authorization: Bearer ptc_...`, and nothing else that says who somebody is.

A request with a token has no cookies as far as the console is concerned: no session, and so nothing
that a forged request could borrow, which is why it needs no CSRF token.
"""

import logging
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from wizard.exports import FORMATS
from wizard.gate import throttling
from wizard.models import ApiToken
from wizard.services.people import tokens
from wizard.web.api import refused
from wizard.web.middleware import GetResponse

log = logging.getLogger("wizard.security")

_SCHEME: Final = "bearer "


class ApiTokenMiddleware:
    """Makes a good token's owner the request's user. Stands before the session's middleware."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if tokens.MARK in request.META.get("QUERY_STRING", ""):
            log.warning("%s %s refused: an API token in the address", request.method, request.path)
            text = "An API token in an address is logged: revoke it. Send tokens as a header."
            return refused(text, status=400)
        header = request.headers.get("Authorization", "")
        if not header.lower().startswith(_SCHEME):
            return self.get_response(request)
        if throttling.is_throttled(request, throttling.TOKENS):
            return throttling.too_many(request)
        token = tokens.find_token(header[len(_SCHEME) :].strip())
        if token is None:
            return _unknown(request)
        _carry(request, token)
        return self.get_response(request)


class ApiTokenUserMiddleware:
    """The second half, after Django's authentication: the owner instead of the session's person."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = token_of(request)
        if token is not None:
            request.user = token.user
        return self.get_response(request)


def token_of(request: HttpRequest) -> ApiToken | None:
    """The token that the request came with."""
    token: ApiToken | None = getattr(request, "api_token", None)
    return token


def closed_to_token(
    request: HttpRequest, scope: str | None, *, is_export: bool
) -> HttpResponseBase | None:
    """The answer to a token that does not open the address; None when it does."""
    token = token_of(request)
    if token is None:
        return None
    if scope is None or scope not in token.scopes:
        needed = f"This needs a token with the scope {scope}." if scope else "No token opens this."
        return refused(needed, status=403, challenge="insufficient_scope")
    if is_export and request.GET.get("format") not in FORMATS:
        wanted = " or ".join(f"format={name}" for name in FORMATS)
        return refused(f"Add {wanted} to the address.", status=406)
    return None


def _carry(request: HttpRequest, token: ApiToken) -> None:
    request.META.pop("HTTP_COOKIE", None)
    request.COOKIES = {}
    setattr(request, "api_token", token)  # noqa: B010 - no member of HttpRequest
    setattr(request, "_dont_enforce_csrf_checks", True)  # noqa: B010 - Django's own attribute


def _unknown(request: HttpRequest) -> HttpResponse:
    log.warning("%s %s refused: an API token that is not good", request.method, request.path)
    throttling.note_failure(request, throttling.TOKENS)
    if throttling.is_locked(request):
        return throttling.too_many(request)
    return refused("This token is not good.", status=401, challenge="invalid_token")
