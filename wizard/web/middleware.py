"""Middleware: limits on requests, security headers, and errors as pages."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from wizard.domain import errors
from wizard.domain.waiting import has_changed
from wizard.web.api import api_error
from wizard.web.frame import SWITCHED
from wizard.web.refusals import refusal_of, with_reassurance
from wizard.web.region_switch import rules_instead
from wizard.web.trouble import database_trouble_page, is_database_trouble
from wizard.words import RETRY_AFTER_SECONDS, error_view

GetResponse = Callable[[HttpRequest], HttpResponse]

log = logging.getLogger(__name__)
security_log = logging.getLogger("wizard.security")

# Browser features that no page uses, and that injected code must not use either. Copy buttons
# write to the clipboard.
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
# An attribute of views whose form has a long text.
TAKES_TEXT = "takes_text"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class ResponseHeadersMiddleware:
    """Sets the headers of every response, including refusals by the middleware below it.

    Pages contain data of an account, so no cache stores them. Static files have a Cache-Control
    header already.
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
    """Refuses large bodies, bodies that are no form, and cross-site requests, without reading them.

    The check of Sec-Fetch-Site is a second line of defence behind the CSRF token. It is off when
    CSRF_TRUSTED_ORIGINS is set.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_too_large(request):  # guard: I6
            return _refuse(request, "413.html", 413)
        if _is_no_form(request):  # guard: I6
            return _refuse(request, "415.html", 415)
        if _is_from_elsewhere(request):  # guard: H3
            return _refuse(request, "403_csrf.html", 403)
        return self.get_response(request)


class ConsoleErrorMiddleware:
    """Renders a ConsoleError that a view raised as a page, or as a fragment for htmx."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if is_database_trouble(exception):  # guard: D5
            log.error(
                "%s %s: the database failed", request.method, request.path, exc_info=exception
            )
            return database_trouble_page(request)
        if not isinstance(exception, errors.ConsoleError):
            return None
        if isinstance(exception, errors.AuditUnavailable) and has_changed():  # guard: D5
            # That error says that nothing was changed, which is not true after the first change.
            exception = errors.DatabaseUnavailable()
        if isinstance(exception, errors.RuleNotFound) and SWITCHED in request.GET:
            return rules_instead(request)
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
    """Return the error as a page, as a fragment for htmx, or as JSON for an API token."""
    error = error_view(exception)
    context: dict[str, object] = {}
    template = "error.html"
    if isinstance(exception, errors.NotPermitted):
        error = with_reassurance(request, error)
        context["refusal"] = refusal_of(request, exception)
        template = "not_permitted.html"
    if getattr(request, "api_token", None) is not None:
        return api_error(error)
    if getattr(request, "htmx", False):
        template = "components/_error.html"
    response = render(request, template, {**context, "error": error}, status=error.status)
    if error.status == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _is_too_large(request: HttpRequest) -> bool:
    """Whether the body is larger than that of a form, or than the view of the address takes."""
    size = _body_size(request)
    if size <= settings.MOST_FORM_BYTES:
        return False
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return True
    is_taken = getattr(view, TAKES_TEXT, False) and size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return not is_taken


def _body_size(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _is_no_form(request: HttpRequest) -> bool:
    """Whether the request has a body of another type than a form."""
    if request.method in SAFE_METHODS or not _body_size(request):
        return False
    return request.content_type not in _FORM_TYPES


def _is_from_elsewhere(request: HttpRequest) -> bool:
    if request.method in SAFE_METHODS or settings.CSRF_TRUSTED_ORIGINS:
        return False
    return request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")


def _refuse(request: HttpRequest, template: str, status: int) -> HttpResponse:
    security_log.warning("%s %s refused unread: %d", request.method, request.path, status)
    return HttpResponse(render_to_string(template), status=status)
