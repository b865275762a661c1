"""The page Your account: grants, time zone, sessions, API tokens.

The password is in `password.py`.
"""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wizard.domain import Role, Scope
from wizard.forms.people_tokens import TokenForm
from wizard.forms.time_zone import TimeZoneForm
from wizard.gate import sessions
from wizard.services import access, people
from wizard.services.preferences import get_time_zone, set_time_zone
from wizard.views.person_rows import grant_rows, session_rows, token_rows
from wizard.views.token_endpoints import endpoint_rows
from wizard.web import ConsoleRequest, see_other, takes


@require_safe
def account(request: ConsoleRequest) -> HttpResponse:
    """Show the person's grants, sessions and tokens."""
    user = request.user
    has_grants = access.may_somewhere(user=user, role=Role.VIEWER)
    zone = get_time_zone(user=user)
    context = {
        "person": user,
        "grants": grant_rows(user) if has_grants else [],
        "sessions": session_rows(user, current=sessions.id_of(request)),
        "tokens": token_rows(user),
        "time_zone_form": TimeZoneForm(initial={"time_zone": zone.key if zone else ""}),
        "has_password": user.has_usable_password(),
        "external": people.external_identity(user),
        "grants_follow_provider": people.grants_follow_provider(user),
    }
    return render(request, "people/account.html", context)


@require_POST
@takes(TimeZoneForm)
def own_time_zone(request: ConsoleRequest) -> HttpResponse:
    """Store the time zone in which the person is shown times."""
    form = TimeZoneForm(request.POST)
    if form.is_valid():
        set_time_zone(user=request.user, name=form.cleaned_data["time_zone"])
        messages.success(request, _("Your time zone is saved."))
    else:
        messages.error(request, _("The time zone was not saved. Choose one from the list."))
    return _back()


@require_POST
@takes()
def own_session_end(request: ConsoleRequest, session_id: uuid.UUID) -> HttpResponse:
    """End one other session."""
    if people.end_session(user=request.user, session_id=session_id):
        messages.success(request, _("The session has ended."))
    return _back()


@require_POST
@takes()
def own_sessions_end(request: ConsoleRequest) -> HttpResponse:
    """End all other sessions."""
    ended = people.end_sessions(user=request.user, but=sessions.id_of(request))
    text = ngettext(
        "%(number)d other session has ended.", "%(number)d other sessions have ended.", ended
    )
    messages.success(request, text % {"number": ended})
    return _back()


@require_http_methods(["GET", "HEAD", "POST"])
@takes(TokenForm)
def api_token_create(request: ConsoleRequest) -> HttpResponse:
    """Create a token and display it once. A redirect would require storing it."""
    is_administrator = access.is_administrator(user=request.user)
    form = TokenForm(
        request.POST if request.method == "POST" else None, is_administrator=is_administrator
    )
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        offered = [scope.value for scope in form.offered_scopes]
        context = {"form": form, "endpoints": endpoint_rows(request, offered)}
        return render(request, "people/token.html", context, status=status)
    text, token = people.create_token(
        user=request.user,
        name=form.cleaned_data["name"],
        scopes=[Scope(value) for value in form.cleaned_data["scopes"]],
        days=form.cleaned_data["days"],
    )
    endpoints = endpoint_rows(request, token.scopes)
    context = {"text": text, "token": token, "endpoints": endpoints}
    return render(request, "people/token_made.html", context, status=201)


@require_POST
@takes()
def api_token_revoke(request: ConsoleRequest, token_id: int) -> HttpResponse:
    """Revoke one of the person's own tokens."""
    token = people.revoke_token(user=request.user, token_id=token_id)
    messages.success(request, _("Revoked the API token %(name)s.") % {"name": token.name})
    return _back()


def _back() -> HttpResponse:
    return see_other(reverse("account"))
