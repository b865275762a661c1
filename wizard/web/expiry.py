"""Middleware that deletes expired credentials of drafts, also where no worker runs."""

import logging
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from wizard.drafting.credential_rows import Schedule

log = logging.getLogger(__name__)


class ExpiredCredentialsMiddleware:
    """Before any request, deletes the sealed credentials that have expired.

    Most requests cost one comparison of times. A database that does not answer is left to the page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._schedule = Schedule()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._schedule.is_due:
            try:
                self._schedule.look()
            except (DatabaseError, InterfaceError):
                log.warning("Expired credentials of drafts could not be deleted")
        return self.get_response(request)
