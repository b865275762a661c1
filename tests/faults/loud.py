"""Settings for the search for canaries: the console logs, mails and stores as much as it can.

The root logger is at DEBUG, errors are mailed as HTML, and a request can raise an exception after
its form was read. Pauses are skipped.
"""

import types
from collections.abc import Callable
from pathlib import Path

import botocore.endpoint
from django.http import HttpRequest, HttpResponse

from ptcconsole.settings import *  # noqa: F403
from ptcconsole.settings import DATA_DIR, LOGGING, MIDDLEWARE, env
from tests.faults.loud_names import BREAK_HEADER
from wizard.backend import clients


class Broken(Exception):
    """The failure that a request asked for."""


class Breaking:
    """Fails as the innermost middleware: after the form was read, before the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if BREAK_HEADER in request.headers:
            form = request.POST
            raise Broken(f"{len(form)} fields were sent")
        return self.get_response(request)


MIDDLEWARE.append("tests.faults.loud.Breaking")
ADMINS = [("Operations", "operations@example.com")]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
SIMULATED_UPSTREAMS = env.dict("UPSTREAMS_OF_THE_TEST", default={})
EMAIL_FILE_PATH = str(Path(DATA_DIR) / "mail")
LOGGING["root"]["level"] = "DEBUG"
LOGGING["handlers"]["mail"] = {
    "class": "django.utils.log.AdminEmailHandler",
    "level": "ERROR",
    "include_html": True,
}
LOGGING["loggers"]["django.request"] = {"handlers": ["mail"], "level": "DEBUG"}

botocore.endpoint.time = types.SimpleNamespace(sleep=lambda _seconds: None)  # type: ignore[attr-defined]
clients.READ_SECONDS = 1
