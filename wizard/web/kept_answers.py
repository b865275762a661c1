"""Gives the page that answers a POST an address of its own.

A refused form, a plan, or an error is the answer to a POST. If the browser kept it as such in its
history, Back and Reload would ask whether to send the form again. So the page is kept in the
session, and the browser is redirected to a GET of it.

Kept pages are encrypted: the session contains the ciphertext, and a cookie the key, so that neither
alone reveals what was typed. A page that displays a secret once (status 201) can be read once.
"""

import logging
import secrets
import zlib
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.log import log_response
from django.utils.translation import get_language

from wizard.web.answers import local_url, see_other
from wizard.web.middleware import SAFE_METHODS, GetResponse

# The member of the query string that names a kept page, and of the session that has them.
ANSWER: Final = "answer"
KEPT: Final = "kept_answers"
# A session has the latest pages; a larger page, compressed, stays the answer to its POST.
MOST: Final = 4
LARGEST: Final = 64 * 1024
# How long a page that displays a secret is kept, if the browser does not follow the redirect.
ONCE_SECONDS: Final = 60

# A form that was refused is a page like others when it is read.
_SHOWN_AS_PAGES: Final = frozenset({HTTPStatus.CREATED, HTTPStatus.UNPROCESSABLE_ENTITY})

# Marks an answer that is not kept, because nothing of it may be stored.
_NEVER_KEPT: Final = "is_never_kept"

# The console failed, or is overloaded and should be asked again.
_LEFT: Final = frozenset({HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE})

log = logging.getLogger(__name__)


class KeptAnswersMiddleware:
    """Redirects the browser from the answer to a POST to a GET of the same page.

    Answers to scripts, API tokens and people who are not signed in are left as they are.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = _take_name(request)
        if name and request.method in SAFE_METHODS and request.user.is_authenticated:
            return _kept_page(request, name) or self._without(request, name)
        response = self.get_response(request)
        return _keep(request, response) if _is_answer(request, response) else response

    def _without(self, request: HttpRequest, name: str) -> HttpResponse:
        """Return the page of the address, or lead back if the address only takes POST."""
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        answer = _answers(request).get(name)
        if answer and answer["back"]:
            return see_other(answer["back"])
        return render(request, "410.html", status=HTTPStatus.GONE)


def _answers(request: HttpRequest) -> dict[str, dict[str, Any]]:
    answers: dict[str, dict[str, Any]] = request.session.get(KEPT, {})
    return answers


def _take_name(request: HttpRequest) -> str:
    """Remove the name of a kept page from the query string, which views read, and return it."""
    if ANSWER not in request.GET:
        return ""
    query = request.GET.copy()
    name = query.pop(ANSWER)[-1]
    request.META["QUERY_STRING"] = query.urlencode()
    request.GET = QueryDict(request.META["QUERY_STRING"])
    return str(name)


def is_navigation(request: HttpRequest) -> bool:
    """Whether a browser follows a form or link, so that the answer stays in its history.

    It then accepts HTML by name. Scripts of pages say what they are, other clients accept anything.
    """
    return (
        "text/html" in request.headers.get("Accept", "")
        and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        and not request.headers.get("HX-Request")
    )


def never_kept(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer a POST directly: neither what was sent nor the answer is stored, not even encrypted.

    Reload asks whether to send the form again, which only reads.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        setattr(response, _NEVER_KEPT, True)
        return response

    return wrapped


def _is_answer(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the response would stay in the browser's history as the answer to a POST."""
    return (
        request.method == "POST"
        and is_navigation(request)
        and SESSION_KEY in request.session
        and not getattr(response, _NEVER_KEPT, False)
        and not response.streaming
        and not 300 <= response.status_code < 400
        and response.status_code not in _LEFT
        and response.get("Content-Type", "").startswith("text/html")
    )


def _keep(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Store the page and redirect to it; if this fails, the page is the answer."""
    packed = zlib.compress(response.content)
    if len(packed) > LARGEST:
        return response
    key, name = _key(request), secrets.token_urlsafe(9)
    kept = _answers(request) | {
        name: {
            "page": Fernet(key).encrypt(packed).decode(),
            "status": response.status_code,
            "language": get_language() or "",
            "path": request.path,
            "back": local_url(request, request.headers.get("Referer", "")),
        }
    }
    request.session[KEPT] = dict(list(kept.items())[-MOST:])
    try:
        request.session.save()
        request.session.modified = False
    except (DatabaseError, UpdateError):
        log.exception("The answer to POST %s could not be kept", request.path)
        return response
    query = request.GET.copy()
    query[ANSWER] = name
    redirect = see_other(f"{request.path}?{query.urlencode()}")
    redirect.cookies = response.cookies
    _set_key_cookie(redirect, key)
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        log_response(
            "%s: %s", response.reason_phrase, request.path, response=response, request=request
        )
    return redirect


def _key(request: HttpRequest) -> str:
    """Return the key in the person's cookie, or a new one."""
    key = request.COOKIES.get(cookie_name(), "")
    try:
        Fernet(key)
    except ValueError:
        return Fernet.generate_key().decode()
    return key


def _kept_page(request: HttpRequest, name: str) -> HttpResponse | None:
    """Return the kept page; None if it cannot be read, or was displayed and contains a secret."""
    answers = _answers(request)
    answer = answers.get(name)
    if answer is None or answer["path"] != request.path:
        return None
    is_secret = answer["status"] == HTTPStatus.CREATED
    page = _decrypted(request, answer["page"], seconds=ONCE_SECONDS if is_secret else None)
    if page is None:
        return None
    if is_secret and request.method != "HEAD":  # guard: S13
        answer["page"] = ""
        request.session[KEPT] = answers
    status = 200 if answer["status"] in _SHOWN_AS_PAGES else answer["status"]
    # The page has the language in which it was rendered, also if the person chose another since.
    headers = {"Content-Language": answer["language"]}
    return HttpResponse(page, status=status, headers=headers)


def _decrypted(request: HttpRequest, page: str, *, seconds: int | None) -> bytes | None:
    try:
        key = Fernet(request.COOKIES.get(cookie_name(), ""))
        return zlib.decompress(key.decrypt(page.encode(), ttl=seconds))
    except (InvalidToken, ValueError):
        return None


def cookie_name() -> str:
    """Return the name of the cookie that has the key of a session's kept pages."""
    return "__Host-ptc_answers" if settings.SESSION_COOKIE_SECURE else "ptc_answers"


def _set_key_cookie(response: HttpResponse, key: str) -> None:
    response.set_cookie(
        cookie_name(),
        key,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
