"""The request as the console's views see it: signed in, and at a Target that exists."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from wizard.domain.targets import Target
from wizard.services import places


class ConsoleRequest(HttpRequest):
    """A request after the middleware and `at_target` have done their part."""

    user: User
    htmx: HtmxDetails
    target: Target


def at_target(
    view: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    """Make the URL's account and Region `request.target`.

    Raises UnknownRegion or UnknownAccount for an address that cannot be worked at, before the
    view runs.
    """

    @wraps(view)
    def wrapped(
        request: ConsoleRequest, account_id: str, region: str, **kwargs: Any
    ) -> HttpResponse:
        target = Target(account_id=account_id, region=region)
        places.check_target(target)
        request.target = target
        return view(request, **kwargs)

    return wrapped
