"""The People pages, for administrators: people, grants, sessions and tokens."""

import uuid

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wizard.domain import Place
from wizard.forms.people_grants import AddPersonForm, GrantForm
from wizard.gate import sessions
from wizard.services import last_known, people, places
from wizard.views.person_rows import (
    grant_rows,
    offered_accounts,
    people_listing,
    session_rows,
    token_rows,
)
from wizard.web import ConsoleRequest, see_other, takes


@require_safe
def people_list(request: ConsoleRequest) -> HttpResponse:
    """List all people."""
    return render(request, "people/list.html", {"listing": people_listing(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@takes(AddPersonForm)
def person_add(request: ConsoleRequest) -> HttpResponse:
    """Add a person and display the one-time sign-in link once."""
    form = AddPersonForm(
        request.POST if request.method == "POST" else None,
        regions=list(places.list_regions()),
        initial=_usual_place(),
    )
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"form": form, "accounts": offered_accounts()}
        return render(request, "people/add.html", context, status=status)
    person = people.add_person(
        username=form.cleaned_data["username"],
        email=form.cleaned_data["email"],
        grants=form.grants(),
    )
    return _show_link(request, person, is_new=True)


@require_safe
def person_detail(request: ConsoleRequest, user_id: int) -> HttpResponse:
    """Show one person: grants, sessions, tokens."""
    person = people.get_person(user_id=user_id)
    context = {
        "person": person,
        "grants": grant_rows(person),
        "sessions": session_rows(person, current=sessions.id_of(request)),
        "tokens": token_rows(person),
        "external": people.external_identity(person),
        "grants_follow_provider": people.grants_follow_provider(person),
    }
    return render(request, "people/person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@takes(GrantForm)
def grant_give(request: ConsoleRequest, user_id: int) -> HttpResponse:
    """Give a role at a place, replacing the one held there."""
    person = people.get_person(user_id=user_id)
    form = GrantForm(
        request.POST if request.method == "POST" else None,
        regions=list(places.list_regions()),
        initial=_usual_place(),
    )
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {"form": form, "person": person, "accounts": offered_accounts()}
        return render(request, "people/grant.html", context, status=status)
    people.give_grant(user=person, place=form.place(), role=form.chosen_role())
    messages.success(request, _("Added the permission to %(name)s.") % {"name": person})
    return _back(person)


@require_POST
@takes("account_id", "region")
def grant_take(request: ConsoleRequest, user_id: int) -> HttpResponse:
    """Remove the grant at a place."""
    person = people.get_person(user_id=user_id)
    place = Place(
        account_id=request.POST.get("account_id", ""), region=request.POST.get("region", "")
    )
    people.take_grant(user=person, place=place)
    messages.success(request, _("Removed the permission from %(name)s.") % {"name": person})
    return _back(person)


@require_POST
@takes()
def person_disable(request: ConsoleRequest, user_id: int) -> HttpResponse:
    """Switch a person off, with immediate effect."""
    person = people.get_person(user_id=user_id)
    people.set_active(user=person, is_active=False)
    messages.success(request, _("%(name)s is deactivated and signed out.") % {"name": person})
    return _back(person)


@require_POST
@takes()
def person_enable(request: ConsoleRequest, user_id: int) -> HttpResponse:
    """Switch a person on again, with their earlier grants."""
    person = people.get_person(user_id=user_id)
    people.set_active(user=person, is_active=True)
    messages.success(request, _("%(name)s can sign in again.") % {"name": person})
    return _back(person)


@require_POST
@takes()
def person_link(request: ConsoleRequest, user_id: int) -> HttpResponse:
    """Create a one-time sign-in link and display it once."""
    person = people.get_person(user_id=user_id)
    if not person.is_active:
        messages.error(request, _("%(name)s is deactivated.") % {"name": person})
        return _back(person)
    return _show_link(request, person, is_new=False)


@require_POST
@takes("session")
def person_sessions_end(request: ConsoleRequest, user_id: int) -> HttpResponse:
    """End one session of a person, or all of them."""
    person = people.get_person(user_id=user_id)
    named = request.POST.get("session", "")
    try:
        ended = (
            int(people.end_session(user=person, session_id=uuid.UUID(named)))
            if named
            else people.end_sessions(user=person)
        )
    except ValueError:
        ended = 0
    text = ngettext("%(number)d session has ended.", "%(number)d sessions have ended.", ended)
    messages.success(request, text % {"number": ended})
    return _back(person)


@require_POST
@takes()
def person_token_revoke(request: ConsoleRequest, user_id: int, token_id: int) -> HttpResponse:
    """Revoke a person's API token."""
    person = people.get_person(user_id=user_id)
    token = people.revoke_token(user=person, token_id=token_id)
    messages.success(request, _("Revoked the API token %(name)s.") % {"name": token.name})
    return _back(person)


def _usual_place() -> dict[str, str]:
    """Return the initial account of a grant, if the console knows exactly one."""
    accounts = last_known.known_accounts()
    return {"account_id": accounts[0] if len(accounts) == 1 else ""}


def _show_link(request: ConsoleRequest, person: User, *, is_new: bool) -> HttpResponse:
    """Render the page with the link. A redirect would require storing it."""
    token = people.create_link_for(person)
    url = request.build_absolute_uri(reverse("sign-in-link", kwargs={"token": token}))
    context = {"person": person, "url": url, "is_new": is_new}
    return render(request, "people/link.html", context, status=201)


def _back(person: User) -> HttpResponse:
    return see_other(reverse("person", kwargs={"user_id": person.pk}))
