"""Authenticates and authorizes every request before its view runs.

The order is: limits of the session, origin for the audit trail, sign-in, grants, and whether the
person has confirmed their identity recently. `gate/needs.py` says what each address requires.
Nothing here calls AWS.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from wizard.domain import Role, Target
from wizard.domain.errors import AuditUnavailable, NotPermitted
from wizard.domain.origins import Origin, Way, acting
from wizard.drafting.interrupted import keep_typed_answers, note_interruption
from wizard.gate import sessions
from wizard.gate.addresses import client_address, page_of
from wizard.gate.needs import SAFE_METHODS, Audience, Need, need_of
from wizard.gate.tokens import closed_to_token, token_of
from wizard.services import access
from wizard.services.audit import record_refusal
from wizard.web import GetResponse, error_response, refused

log = logging.getLogger("wizard.security")

# Pages that poll while something runs. Polling does not keep a session from going idle.
POLLED: Final = frozenset(
    {
        *("batch-detail", "batch-progress", "draft-progress", "import-detail"),
        *("bulk-validation-detail", "rotation-detail", "rotation-progress"),
        *("deletion-detail", "deletion-progress", "cleanup-detail", "cleanup-progress"),
        *("template-operation-detail", "fleet-operation-detail"),
    }
)


class SessionLimitsMiddleware:
    """Ends a session that is too old, was idle for too long, or was ended from elsewhere.

    Sets `request.expired_user` to the person of the ended session.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and not _is_alive(request, user):
            # A page that has asked may then send what was typed in a step, to be kept.
            sessions.end(request, keeps_data=_asks_for_time_left(request))  # guard: Z8
            setattr(request, "expired_user", user)  # noqa: B010 - no member of HttpRequest
        return self.get_response(request)


class OriginMiddleware:
    """Attributes everything that happens during the request to its person, for the audit trail."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        origin = Origin(
            user_id=user.pk if isinstance(user, User) else None,
            username=user.get_username(),
            address=client_address(request),
            way=Way.BROWSER if token_of(request) is None else Way.TOKEN,
        )
        with acting(origin):
            return self.get_response(request)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Redirects anonymous requests to the sign-in page, which then returns to the page.

    `needs.NEEDS` says which addresses are open to everybody; Django's decorators are not read.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., Any],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if request.user.is_authenticated:
            return None
        need = need_of(request.resolver_match)
        if need is not None and need.who(request.method) is Audience.ANYBODY:
            return None
        if need is not None and need.is_api:
            return refused("Send an API token, or sign in.", status=401, challenge="invalid_token")
        expired = getattr(request, "expired_user", None)
        if expired is not None:
            keep_typed_answers(request, expired, view_kwargs)  # guard: W6
            note_interruption(request, view_kwargs)
            text = _("Your session expired. Sign in to continue.")
            messages.info(request, text)
        return _lead(request, reverse("sign-in"))


class AccessMiddleware:
    """Refuses what a person's grants do not cover, and asks for a recent confirmation of identity.

    It is near the end of the chain, so that NotPermitted raised by a view passes here as well and
    is audited.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, kwargs: Mapping[str, Any]
    ) -> HttpResponseBase | None:
        need = need_of(request.resolver_match)
        if need is not None and need.who(request.method) is Audience.ANYBODY:
            return None
        scope, is_export = (need.scope, need.is_export) if need else (None, False)
        closed = closed_to_token(request, scope, is_export=is_export)
        if closed is not None:
            return closed
        try:
            _check(request, need, kwargs)  # guard: Z1 Z2 Z3 W9
        except NotPermitted as refusal:
            _note(request, refusal)
            return error_response(request, refusal)
        if (
            need and need.needs_fresh(request.method) and not sessions.is_fresh(request)
        ):  # guard: Z9
            return _ask_identity(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, NotPermitted):
            _note(request, exception)


def _check(request: HttpRequest, need: Need | None, kwargs: Mapping[str, Any]) -> None:
    """Raise NotPermitted for a person without the grant, and for an address without an entry."""
    if need is None or not isinstance(request.user, User):
        raise NotPermitted("nobody", request.path)
    who = need.who(request.method)
    if not isinstance(who, Role):
        return
    account_id = kwargs.get("account_id", "")
    if "region" in kwargs:
        target = Target(account_id=account_id, region=kwargs["region"])
        access.check_access(user=request.user, role=who, target=target)
    else:
        access.check_somewhere(user=request.user, role=who, account_id=account_id)
    if request.method not in SAFE_METHODS:
        _check_body(request, request.user, who, need.regions, account_id)  # guard: Z2


def _check_body(
    request: HttpRequest, user: User, role: Role, fields: Iterable[str], account_id: str
) -> None:
    """Raise NotPermitted when the form names a Region in which the person lacks the role."""
    named = {each.partition("/")[0] for name in fields for each in _sent(request, name)}
    access.check_regions(user=user, role=role, account_id=account_id, codes=named)


def _sent(request: HttpRequest, name: str) -> list[str]:
    """Return what the field names; a button has several Regions as one value."""
    return [each for value in request.POST.getlist(name) for each in value.split()]


def _note(request: HttpRequest, refusal: NotPermitted) -> None:
    """Audit a refusal. The request stays refused when the audit row cannot be written."""
    log.warning("%s %s refused to %s: %s", request.method, request.path, request.user, refusal)
    match = request.resolver_match
    parts = match.kwargs if match else {}
    target = (
        Target(account_id=parts["account_id"], region=parts["region"])
        if "region" in parts
        else None
    )
    subject = f"{request.method} {request.path}"[:700]
    try:
        record_refusal(subject=subject, needed=refusal.role, place=refusal.place, target=target)
    except AuditUnavailable:
        log.critical("The refusal could not be written into the audit trail: %s", subject)


def _ask_identity(request: HttpRequest) -> HttpResponse:
    if request.method not in SAFE_METHODS:
        text = _("Nothing was changed. Confirm your identity, then try again.")
        messages.warning(request, text)
    return _lead(request, reverse("confirm-identity"))


def _lead(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect, with the way back; htmx is told to load the page instead of swapping it in."""
    url = f"{url}?{urlencode({'next': page_of(request)}, safe='/')}"
    if request.headers.get("HX-Request"):
        headers = {"HX-Redirect": url, "WWW-Authenticate": "Session"}
        return HttpResponse(status=401, headers=headers)
    return HttpResponseRedirect(url, status=302 if request.method in SAFE_METHODS else 303)


def _is_alive(request: HttpRequest, user: User) -> bool:
    """Whether the session of the request is still valid; always so for an API token."""
    if token_of(request) is not None:
        return True
    is_activity = not _is_poll(request) and not _asks_for_time_left(request)
    return sessions.is_alive(request, user, is_activity=is_activity)


def _asks_for_time_left(request: HttpRequest) -> bool:
    return request.method in SAFE_METHODS and request.path_info == reverse("session")


def _is_poll(request: HttpRequest) -> bool:
    if request.method not in SAFE_METHODS or not request.headers.get("HX-Request"):
        return False
    try:
        return resolve(request.path_info).url_name in POLLED
    except Resolver404:
        return False
