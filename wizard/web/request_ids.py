"""An ID for each request: in all of its log records, and in the header of its response."""

from typing import Any, Final

from django.conf import settings
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse

from wizard.domain import request_ids
from wizard.web.middleware import GetResponse

HEADER: Final = "X-Request-ID"


class RequestIdMiddleware:
    """Takes the ID from a trusted proxy if it has the form of one; otherwise makes one.

    The ID ends with the response and not here: Django logs refusals after all middleware, and a
    streamed page is made while it is sent.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        request_finished.connect(_end, dispatch_uid=__name__)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get(HEADER, "")
        if not settings.BEHIND_TLS_PROXY:  # guard: H6
            offered = ""
        request_id = request_ids.begin(offered)
        response = self.get_response(request)
        response.headers[HEADER] = request_id
        return response


def _end(**_kwargs: Any) -> None:
    request_ids.end()
