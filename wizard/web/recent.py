"""The Regions that a browser showed last, most recent first, in a cookie.

Pages without a Region show the navigation of the last one, and the Region menu lists the others
first. The cookie grants nothing: the Regions are compared with the person's grants when a page is
rendered. The session does not store them, because concurrent requests overwrite each other's.
"""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from wizard.domain import Target
from wizard.services import places
from wizard.web.middleware import GetResponse

_KEPT: Final = 5
_YEAR: Final = 365 * 24 * 3600


def recent_regions(request: HttpRequest) -> tuple[str, ...]:
    """Return the codes in the cookie that are Regions of the service."""
    known = {region.code for region in places.list_regions()}
    codes = request.COOKIES.get(_cookie(), "").split(".", _KEPT)[:_KEPT]
    return tuple(dict.fromkeys(code for code in codes if code in known))


class RecentRegionsMiddleware:
    """Notes the Region of each page that a person opens. Fragments and API answers do not count."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        target: Target | None = getattr(request, "target", None)
        if target is not None and _is_page(request, response):
            _note(request, response, target.region)
        return response


def _is_page(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        request.method == "GET"
        and response.status_code == 200
        and "HX-Request" not in request.headers
        and getattr(request, "api_token", None) is None
    )


def _note(request: HttpRequest, response: HttpResponse, code: str) -> None:
    before = recent_regions(request)
    if before[:1] == (code,):
        return
    codes = [code, *(each for each in before if each != code)][:_KEPT]
    response.set_cookie(
        _cookie(),
        ".".join(codes),
        max_age=_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _cookie() -> str:
    return "__Host-regions" if settings.SESSION_COOKIE_SECURE else "regions"
