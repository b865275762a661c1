"""The request as the console's views see it: signed in, and at a Target that exists."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from wizard.domain.grants import Role
from wizard.domain.regions import Target
from wizard.drafting import store
from wizard.drafting.drafts import RuleDraft
from wizard.services import access, places


class ConsoleRequest(HttpRequest):
    """A request after the middleware and `at_target` have done their part."""

    user: User
    htmx: HtmxDetails
    target: Target
    account_id: str


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
        request.account_id = account_id
        return view(request, **kwargs)

    return wrapped


def at_account(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Make the URL's account `request.account_id`, for pages of no single Region.

    Raises UnknownAccount when it is not the account of the console's credentials.
    """

    @wraps(view)
    def wrapped(request: ConsoleRequest, account_id: str, **kwargs: Any) -> HttpResponseBase:
        places.check_account(account_id)
        request.account_id = account_id
        return view(request, **kwargs)

    return wrapped


def targets_of(request: ConsoleRequest, role: Role) -> list[Target]:
    """The account's Regions where the person has that role: what a page over many may touch."""
    found = access.regions_of(
        user=request.user,
        role=role,
        account_id=request.account_id,
        regions=places.list_regions(),
    )
    return [Target(account_id=request.account_id, region=region.code) for region in found]


def load_own_draft(request: ConsoleRequest, draft_id: str) -> RuleDraft:
    """The draft of that id, which must be this person's and of this account and Region."""
    return store.load_draft(draft_id=draft_id, owner_id=request.user.pk, target=request.target)
