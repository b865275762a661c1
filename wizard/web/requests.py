"""The request as views receive it: with a signed-in user and an existing account and Region."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from wizard.domain import Region, Role, RuleDraft, Target
from wizard.drafting import store
from wizard.services import access, places
from wizard.web.account_regions import account_regions_of


class ConsoleRequest(HttpRequest):
    """A request after the middleware and `at_target` or `at_account`."""

    user: User
    htmx: HtmxDetails
    target: Target
    account_id: str


def at_target(
    view: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    """Set `request.target` to the account and Region of the URL.

    Raises UnknownRegion or UnknownAccount before the view runs.
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
    """Set `request.account_id` to the account of the URL, for pages without a Region.

    Raises UnknownAccount when it is not the account of the console's credentials.
    """

    @wraps(view)
    def wrapped(request: ConsoleRequest, account_id: str, **kwargs: Any) -> HttpResponseBase:
        places.check_account(account_id)
        request.account_id = account_id
        return view(request, **kwargs)

    return wrapped


def regions_of(request: ConsoleRequest, role: Role) -> list[Region]:
    """Return the Regions in use that are not closed and in which the person has the role.

    These are asked, offered and counted. What was begun in a Region before it went out of use is
    shown and ended: that is `permitted_regions`.
    """
    return access.regions_of(
        user=request.user,
        role=role,
        account_id=request.account_id,
        regions=account_regions_of(request, request.account_id).open,
    )


def targets_of(request: ConsoleRequest, role: Role) -> list[Target]:
    """Return the same Regions with the account."""
    return _targets(request, regions_of(request, role))


def permitted_regions(request: ConsoleRequest, role: Role) -> list[Region]:
    """Return all Regions of the account in which the person has the role, in use or not."""
    return access.regions_of(
        user=request.user,
        role=role,
        account_id=request.account_id,
        regions=places.list_regions(),
    )


def permitted_targets(request: ConsoleRequest, role: Role) -> list[Target]:
    """Return the same Regions with the account."""
    return _targets(request, permitted_regions(request, role))


def _targets(request: ConsoleRequest, regions: Iterable[Region]) -> list[Target]:
    return [Target(account_id=request.account_id, region=region.code) for region in regions]


def load_own_draft(request: ConsoleRequest, draft_id: str) -> RuleDraft:
    """Return the person's draft with this ID at this account and Region, or raise."""
    return store.load_draft(draft_id=draft_id, owner_id=request.user.pk, target=request.target)
