"""The redirect to the single sign-on provider and its callback, for sign-in and confirmation."""

import logging

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET

from wizard.domain.errors import ConsoleError, SingleSignOnRefused, SingleSignOnUnavailable
from wizard.gate import sessions, sign_on_rounds, single_sign_on, throttling
from wizard.gate.sign_on_rounds import Asked
from wizard.models import SignInWay
from wizard.services import people
from wizard.web import local_url
from wizard.words import error_view

log = logging.getLogger("wizard.security")


@never_cache
@require_GET
def single_sign_on_start(request: HttpRequest) -> HttpResponse:
    """Redirect to the provider; with `confirm`, it asks for the password again."""
    _check_configured()
    wanted = local_url(request, request.GET.get("next", ""))
    is_proof = "confirm" in request.GET and request.user.is_authenticated
    try:
        return single_sign_on.redirect_to_provider(request, next_url=wanted, is_proof=is_proof)
    except SingleSignOnUnavailable as error:
        return _failed(request, error)


@never_cache
@require_GET
@sensitive_variables()
def single_sign_on_callback(request: HttpRequest) -> HttpResponse:
    """Handle the provider's answer, once, and only in the browser that sent the request."""
    _check_configured()
    if throttling.is_throttled(request, throttling.SINGLE_SIGN_ON):
        return throttling.too_many(request)
    response = _answer(request)
    sign_on_rounds.remove(request, response)
    return response


@sensitive_variables()
def _answer(request: HttpRequest) -> HttpResponse:
    try:
        asked = sign_on_rounds.find(request)
        user = _person(request, asked)
        return _enter(request, user, asked)
    except SingleSignOnUnavailable as error:
        return _failed(request, error)
    except SingleSignOnRefused as error:
        people.note_failed_sign_in(typed_name="", way=SignInWay.SINGLE_SIGN_ON)
        throttling.note_failure(request, throttling.SINGLE_SIGN_ON)
        return _failed(request, error)


def _person(request: HttpRequest, asked: Asked) -> User:
    if "error" in request.GET:
        raise SingleSignOnRefused(f"the provider says {request.GET['error'][:60]}")
    user = authenticate(request, nonce=asked.nonce, code_verifier=asked.code_verifier)
    if not isinstance(user, User):
        raise SingleSignOnRefused("the answer holds no code")
    return user


def _enter(request: HttpRequest, user: User, asked: Asked) -> HttpResponse:
    wanted = local_url(request, asked.next_url) or reverse("home")
    if not asked.is_proof:
        sessions.begin(
            request,
            user,
            way=SignInWay.SINGLE_SIGN_ON,
            backend=single_sign_on.BACKEND,
            proved_at=single_sign_on.proved_at(request),  # guard: Z9
        )
        return HttpResponseRedirect(wanted)
    if request.user != user:
        raise SingleSignOnRefused("somebody else confirmed")
    single_sign_on.check_is_new_proof(request, asked)
    people.note_proof(user=user, way=SignInWay.SINGLE_SIGN_ON, is_good=True)
    sessions.prove(request)
    return HttpResponseRedirect(wanted)


def _failed(request: HttpRequest, error: ConsoleError) -> HttpResponse:
    """Render the error on a page without the console's frame, because nobody is signed in."""
    log.warning("Single sign-on: %s: %s", type(error).__name__, error)
    view = error_view(error)
    return render(request, "auth/single_sign_on_failed.html", {"error": view}, status=view.status)


def _check_configured() -> None:
    if not single_sign_on.is_configured():
        raise Http404("There is no single sign-on.")
