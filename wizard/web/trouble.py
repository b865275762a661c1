"""Trouble of the console's own: its database does not answer, or the code failed.

The pages need no database. Sessions and people are read and written around the views, and what goes
wrong there reaches no `process_exception`; so the handler for server errors looks too.
"""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error as djangos_own

from wizard.domain.errors import DatabaseUnavailable
from wizard.messages import RETRY_AFTER_SECONDS, error_view


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: 503 when the database was the trouble."""
    if is_database_trouble(sys.exc_info()[1]):  # guard: D5
        return database_trouble_page()
    return djangos_own(request)


def is_database_trouble(exception: BaseException | None) -> bool:
    """Whether the database does not answer, is locked, or has no room left."""
    return isinstance(exception, OperationalError | InterfaceError)


def database_trouble_page() -> HttpResponse:
    """A page without the console's frame, session and person."""
    view = error_view(DatabaseUnavailable())
    response = HttpResponse(render_to_string("503.html", {"error": view}), status=view.status)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
