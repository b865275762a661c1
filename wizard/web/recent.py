"""The Regions that a browser showed last, most recent first, and the account, in cookies.

Pages without a Region or account show the navigation of the last one, and the Region menu lists the
others first. The cookies grant nothing: they are compared with the person's grants when a page is
rendered. The session does not store them, because concurrent requests overwrite each other's.
"""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from wizard.domain import Target, is_account_id
from wizard.services import places
from wizard.web.middleware import GetResponse

_KEPT: Final = 5
_YEAR: Final = 365 * 24 * 3600


def recent_regions(request: HttpRequest) -> tuple[str, ...]:
    """Return the codes in the cookie that are Regions of the service."""
    known = {region.code for region in places.list_regions()}
    codes = request.COOKIES.get(_cookie("regions"), "").split(".", _KEPT)[:_KEPT]
    return tuple(dict.fromkeys(code for code in codes if code in known))


def recent_account(request: HttpRequest) -> str:
    """Return the account of the page that was shown last; empty if none is known."""
    account_id = request.COOKIES.get(_cookie("account"), "")
    return account_id if is_account_id(account_id) else ""


class RecentRegionsMiddleware:
    """Notes account and Region of each page that a person opens, but not of fragments and files."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        target: Target | None = getattr(request, "target", None)
        account_id = getattr(request, "account_id", "")
        if account_id and _is_page(request, response):
            _note_account(request, response, account_id)
            if target is not None:
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
    _keep(response, "regions", ".".join(codes))


def _note_account(request: HttpRequest, response: HttpResponse, account_id: str) -> None:
    before = recent_account(request)
    # Without a cookie, it is the account of the console's own credentials.
    if account_id not in (before, "" if before else places.known_account()):
        _keep(response, "account", account_id)


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        _cookie(name),
        value,
        max_age=_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _cookie(name: str) -> str:
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name
