"""Pages for failures of the console itself: an unavailable database, or an unhandled exception.

The pages need no database. Middleware reads and writes sessions and users, and its exceptions do
not reach `process_exception`. Therefore handler500 distinguishes the two cases as well.
"""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error as djangos_own

from wizard.domain.errors import DatabaseUnavailable
from wizard.words import RETRY_AFTER_SECONDS, error_view


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: answers 503 when the database failed."""
    if is_database_trouble(sys.exc_info()[1]):  # guard: D5
        return database_trouble_page(request)
    return djangos_own(request)


def is_database_trouble(exception: BaseException | None) -> bool:
    """Whether the database is unreachable, locked or full."""
    return isinstance(exception, OperationalError | InterfaceError)


def database_trouble_page(request: HttpRequest) -> HttpResponse:
    """Return a 503 page that needs neither session nor user; a fragment for scripts.

    For a whole page, scripts say that the console did not respond, and not that a change may be
    partly complete.
    """
    view = error_view(DatabaseUnavailable())
    template = "components/_error.html" if request.headers.get("HX-Request") else "503.html"
    response = HttpResponse(render_to_string(template, {"error": view}), status=view.status)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
