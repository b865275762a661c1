"""Limits on guessing: passwords, one-time links and API tokens, per account and per address.

django-axes keeps the failures and refuses; what is counted, and how much of it is too much, is
said here. A name is counted whether or not it is anybody's, and answered alike.
"""

import hashlib
import hmac
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from wizard.domain.errors import AuditUnavailable
from wizard.services.people import sign_in
from wizard.web.api import refused

log = logging.getLogger("wizard.security")

# What is guessed that has no name of its own, as it stands in the table of failures.
LINKS: Final = "(one-time links)"
TOKENS: Final = "(API tokens)"
SINGLE_SIGN_ON: Final = "(single sign-on)"
_NAMELESS: Final = frozenset({LINKS, TOKENS, SINGLE_SIGN_ON})


class ThrottleHandler(AxesDatabaseHandler):  # type: ignore[misc] # axes has no types
    """axes' table of failures with two limits: one for an account, a higher one for an address.

    Many people may share an address, so signing in resets the account's failures alone; else who
    has an account could go on guessing another's password from the same address.
    """

    def get_failures(self, request: HttpRequest, credentials: Any = None) -> int:
        """1 when one of the limits is reached, 0 when none is: axes compares with 1."""
        return int(
            any(
                (attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0) >= limit
                for attempts, limit in self._counted(request, credentials)
            )
        )

    def user_login_failed(
        self, sender: Any, credentials: Any, request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        if request is None:
            return
        was_locked = is_locked(request)
        with _nothing_sent(request):
            super().user_login_failed(sender, credentials, request, **kwargs)
        if is_locked(request) and not was_locked:
            _note_locked((credentials or {}).get("username") or "")

    def reset_user_attempts(self, request: HttpRequest, credentials: Any = None) -> int:
        name = account_of(request, credentials)
        count, _ = AccessAttempt.objects.filter(username=name).delete()
        return int(count)

    def _counted(self, request: HttpRequest, credentials: Any) -> "list[tuple[QuerySet[Any], int]]":
        """The failures that count against this attempt, each with how many are too many."""
        by_name, by_address = self.get_user_attempts(request, credentials)
        counted = []
        counted.append((by_address, settings.SIGN_IN_TRIES_ADDRESS))  # guard: Z7
        if account_of(request, credentials) not in _NAMELESS:  # guard: Z7
            counted.append((by_name, settings.SIGN_IN_TRIES_ACCOUNT))
        return counted


@contextmanager
def _nothing_sent(request: HttpRequest) -> Iterator[None]:
    """A request without its parameters and form, which axes would keep with the failure.

    Masking some by their names is not enough: a form may hold a new password beside the wrong one,
    an address the code of a single sign-on.
    """
    kept = request.GET, request.POST
    request.GET = request.POST = QueryDict()  # guard: S1
    try:
        yield
    finally:
        request.GET, request.POST = kept


def _note_locked(typed: str) -> None:
    """Write the lock down; it holds, whether or not that can be written down."""
    name = typed if typed in _NAMELESS else sign_in.known_name(typed)
    log.warning("Too many failed attempts: %s", name)
    try:
        sign_in.note_locked(name=name)
    except AuditUnavailable:
        log.critical("The lock could not be written into the audit trail: %s", name)


def account_of(_request: HttpRequest, credentials: Any) -> str:
    """Whose account is tried, for axes' table: a name that is nobody's only as its digest.

    People type their password where the name belongs.
    """
    typed = (credentials or {}).get("username") or SINGLE_SIGN_ON
    if typed in _NAMELESS or User.objects.filter(username=typed).exists():
        return str(typed)
    digest = hmac.new(settings.SECRET_KEY.encode(), typed.encode(), hashlib.sha256).hexdigest()
    return f"(nobody) {digest[:32]}"


def is_locked(request: HttpRequest) -> bool:
    """Whether this request met the limit."""
    return bool(getattr(request, "axes_locked_out", False))


def is_throttled(request: HttpRequest, what: str) -> bool:
    """Whether the client has guessed too often at what has no name."""
    return not AxesProxyHandler.is_allowed(request, {"username": what})


def note_failure(request: HttpRequest, what: str) -> None:
    """Count a wrong guess at what has no name; its address, which holds the guess, is not kept."""
    AxesProxyHandler.update_request(request)
    setattr(request, "axes_path_info", what)  # noqa: B010 - axes' own attribute
    AxesProxyHandler.user_login_failed(__name__, {"username": what}, request)


def too_many(
    request: HttpRequest, _response: HttpResponse | None = None, _credentials: Any = None
) -> HttpResponse:
    """The answer to whoever tried too often: the same for names that exist and that do not."""
    minutes = settings.SIGN_IN_PAUSE_MINUTES
    response: HttpResponse
    if request.headers.get("Authorization"):
        response = refused("Too many wrong tokens from this address.", status=429)
    else:
        response = render(request, "auth/too_many.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(minutes * 60)
    # Django would log the address, which may be that of a link that is still good.
    setattr(response, "_has_been_logged", True)  # noqa: B010 - Django's own attribute
    return response
