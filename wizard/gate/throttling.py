"""Limits on guessing passwords, one-time links and API tokens, per account and per address.

Passwords, links, tokens and single sign-on are counted separately: a wrong token in the job of one
person does not lock the sign-in of others behind the same address. A valid link and a valid token
are always accepted, because nobody guesses one. A right password is not, once passwords are locked:
further guesses would find it.

django-axes stores the failures and refuses. This module decides what is counted and with which
limits. Unknown names are counted and answered like known ones, so that they reveal nothing.
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
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from wizard.domain.errors import AuditUnavailable
from wizard.gate.needs import SAFE_METHODS
from wizard.services import people
from wizard.web import refused

log = logging.getLogger("wizard.security")

# Stand-ins for a user name in the table of failures, for what is guessed without one.
LINKS: Final = "(one-time links)"
TOKENS: Final = "(API tokens)"
SINGLE_SIGN_ON: Final = "(single sign-on)"
_NAMELESS: Final = frozenset({LINKS, TOKENS, SINGLE_SIGN_ON})


class ThrottleHandler(AxesDatabaseHandler):  # type: ignore[misc] # axes has no types
    """django-axes with two limits: one per account and a higher one per address.

    Signing in resets the failures of the account only. If it reset those of the address as well, a
    person with an account could keep guessing other passwords from the same address.
    """

    def get_failures(self, request: HttpRequest, credentials: Any = None) -> int:
        """Return 1 when a limit is reached, else 0; axes compares it with AXES_FAILURE_LIMIT."""
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
        """Return the failures that count against this attempt, each with its limit."""
        by_name, by_address = self.get_user_attempts(request, credentials)
        account, counted = account_of(request, credentials), []
        of_kind = Q(username=account) if account in _NAMELESS else ~Q(username__in=_NAMELESS)
        by_address = by_address.filter(of_kind)  # guard: Z10
        counted.append((by_address, settings.SIGN_IN_TRIES_ADDRESS))  # guard: Z7
        if account not in _NAMELESS:  # guard: Z7
            counted.append((by_name, settings.SIGN_IN_TRIES_ACCOUNT))
        return counted


@contextmanager
def _nothing_sent(request: HttpRequest) -> Iterator[None]:
    """Empty the request's parameters and form, which axes would store with the failure.

    Masking fields by name is not enough: a form may contain a new password beside the wrong one,
    and the query an authorization code.
    """
    kept = request.GET, request.POST
    request.GET = request.POST = QueryDict()  # guard: S1
    try:
        yield
    finally:
        request.GET, request.POST = kept


def _note_locked(typed: str) -> None:
    """Audit a lock. It stays in force when the audit row cannot be written."""
    name = typed if typed in _NAMELESS else people.known_name(typed)
    log.warning("Too many failed attempts: %s", name)
    try:
        people.note_locked(name=name)
    except AuditUnavailable:
        log.critical("The lock could not be written into the audit trail: %s", name)


def account_of(_request: HttpRequest, credentials: Any) -> str:
    """Return the user name for axes' table; of an unknown name only a keyed digest.

    People sometimes type their password into the field for the name.
    """
    typed = (credentials or {}).get("username") or SINGLE_SIGN_ON
    if typed in _NAMELESS or User.objects.filter(username=typed).exists():
        return str(typed)
    digest = hmac.new(settings.SECRET_KEY.encode(), typed.encode(), hashlib.sha256).hexdigest()
    return f"(nobody) {digest[:32]}"


def is_locked(request: HttpRequest) -> bool:
    """Whether a limit was reached in this request."""
    return bool(getattr(request, "axes_locked_out", False))


def is_throttled(request: HttpRequest, what: str) -> bool:
    """Whether the client has guessed too often; `what` is one of the stand-ins for a name."""
    return not AxesProxyHandler.is_allowed(request, {"username": what})


def is_read_for_another_site(request: HttpRequest) -> bool:
    """Whether a browser reads the address for a page of another site, such as for its images.

    Such reads are not counted as guesses: otherwise any page could lock the address of its visitor.
    A guesser who claims to be one learns nothing else than whether a link of 256 bits is valid.
    """
    site = request.headers.get("Sec-Fetch-Site", "")
    return request.method in SAFE_METHODS and site in ("cross-site", "same-site")


def note_failure(request: HttpRequest, what: str) -> None:
    """Count a wrong guess. The path, which may contain the guess, is replaced by `what`."""
    AxesProxyHandler.update_request(request)
    setattr(request, "axes_path_info", what)  # noqa: B010 - axes' own  # guard: Z7
    AxesProxyHandler.user_login_failed(__name__, {"username": what}, request)


def too_many(
    request: HttpRequest, _response: HttpResponse | None = None, _credentials: Any = None
) -> HttpResponse:
    """Return the 429 answer, which is the same for known and unknown names."""
    minutes = settings.SIGN_IN_PAUSE_MINUTES
    response: HttpResponse
    if request.headers.get("Authorization"):
        response = refused("Too many wrong tokens from this address.", status=429)
    else:
        response = render(request, "auth/too_many.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(minutes * 60)
    # Keeps Django from logging the path, which may be that of a link that is still valid.
    setattr(response, "_has_been_logged", True)  # noqa: B010 - Django's own attribute
    return response
