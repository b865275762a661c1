"""Around every request: what is refused unread, the headers of each answer, errors as pages."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string

from wizard.domain import errors
from wizard.messages import RETRY_AFTER_SECONDS, error_view
from wizard.web.api import api_error
from wizard.web.trouble import database_trouble_page, is_database_trouble

GetResponse = Callable[[HttpRequest], HttpResponse]

log = logging.getLogger(__name__)
security_log = logging.getLogger("wizard.security")

# What no page of the console uses, and so no page that somebody smuggled code into can use either.
# Copy buttons write to the clipboard.
PERMISSIONS_POLICY = ", ".join(
    [
        *("accelerometer=()", "autoplay=()", "camera=()", "clipboard-read=()"),
        *("clipboard-write=(self)", "display-capture=()", "fullscreen=()", "geolocation=()"),
        *("gyroscope=()", "hid=()", "idle-detection=()", "magnetometer=()", "microphone=()"),
        *("midi=()", "payment=()", "picture-in-picture=()", "publickey-credentials-get=()"),
        *("screen-wake-lock=()", "serial=()", "usb=()", "xr-spatial-tracking=()"),
    ]
)

_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class ResponseHeadersMiddleware:
    """The headers of every answer, also of those that the middleware further in refuses.

    Pages hold an account's data: no cache keeps them, and Back asks again. Static files say
    themselves how long they may be kept.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._djangos_own = SecurityMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        self._djangos_own.process_response(request, response)
        response.headers.setdefault("Cache-Control", "no-store")  # guard: H1
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")  # guard: H1
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)  # guard: H1
        response.headers.setdefault("X-Frame-Options", "DENY")
        return response


class RequestLimitsMiddleware:
    """Refuses unread what no page of the console sends: huge bodies, other than forms, from afar.

    The last is a second line behind the CSRF token: browsers say themselves where a request comes
    from. Where the settings trust further origins, only that token decides.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _body_size(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:  # guard: I6
            return _refuse(request, "413.html", 413)
        if _is_no_form(request):  # guard: I6
            return _refuse(request, "415.html", 415)
        if _is_from_elsewhere(request):  # guard: H3
            return _refuse(request, "403_csrf.html", 403)
        return self.get_response(request)


class ConsoleErrorMiddleware:
    """Shows a ConsoleError that no view dealt with: a page, or a fragment for htmx."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if is_database_trouble(exception):  # guard: D5
            log.error(
                "%s %s: the database failed", request.method, request.path, exc_info=exception
            )
            return database_trouble_page()
        if not isinstance(exception, errors.ConsoleError):
            return None
        if isinstance(exception, errors.SUSPICIOUS):  # guard: W5
            security_log.warning(
                "%s %s refused: %s: %s",
                request.method,
                request.path,
                type(exception).__name__,
                exception,
            )
        return error_response(request, exception)


def error_response(request: HttpRequest, exception: errors.ConsoleError) -> HttpResponse:
    """The error's page, its fragment for htmx, or its words as JSON for who came with a token."""
    error = error_view(exception)
    if getattr(request, "api_token", None) is not None:
        return api_error(error)
    is_fragment = getattr(request, "htmx", False)
    template = "components/_error.html" if is_fragment else "error.html"
    response = render(request, template, {"error": error}, status=error.status)
    if error.status == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _body_size(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _is_no_form(request: HttpRequest) -> bool:
    """Whether a request has a body that is no form; one without a body is let through."""
    if request.method in _SAFE_METHODS or not _body_size(request):
        return False
    return request.content_type not in _FORM_TYPES


def _is_from_elsewhere(request: HttpRequest) -> bool:
    if request.method in _SAFE_METHODS or settings.CSRF_TRUSTED_ORIGINS:
        return False
    return request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")


def _refuse(request: HttpRequest, template: str, status: int) -> HttpResponse:
    security_log.warning("%s %s refused unread: %d", request.method, request.path, status)
    return HttpResponse(render_to_string(template), status=status)
