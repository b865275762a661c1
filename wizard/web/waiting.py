"""Middleware: how long a request waits for AWS, and how many requests of a person or Region may.

`domain/waiting.py` has the limits.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from wizard.domain import waiting
from wizard.domain.errors import TooManyWaiting
from wizard.domain.origins import current_origin
from wizard.web.middleware import SAFE_METHODS, GetResponse, error_response

# Addresses whose POST changes nothing in AWS and waits for it no longer than a page.
_ONLY_READ: Final = frozenset(
    {"draft-create", "draft-step", "draft-regions", "draft-cancel", "rule-clone"}
)


class WaitingMiddleware:
    """Limits what each request reads of AWS, and refuses changes while too many requests wait.

    It is at the end of the chain: the person is known, and may do what the request asks for.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with waiting.limited(str(current_origin().user_id or "")):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        current = waiting.of_request()
        if current is None or not _may_change(request):
            return None
        if current.hold_shares(kwargs.get("region", "")):
            return None
        return error_response(request, TooManyWaiting())


def _may_change(request: HttpRequest) -> bool:
    match = request.resolver_match
    if request.method in SAFE_METHODS or match is None or "account_id" not in match.kwargs:
        return False
    return match.url_name not in _ONLY_READ
