"""The start page, and the preferences that are kept in the browser, such as the theme."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from wizard.domain import Role, Target
from wizard.services import access, places
from wizard.services.account_choice import first_others
from wizard.services.preferences import set_language
from wizard.web import (
    BROWSER_CHOICES,
    NAVIGATION,
    OF_BROWSER,
    THEMES,
    ConsoleRequest,
    account_regions_of,
    choice_cookie,
    languages,
    local_url,
    navigation_cookie,
    recent_account_of,
    takes,
    theme_cookie,
)

_YEAR = 365 * 24 * 3600


@require_safe
def home(request: ConsoleRequest) -> HttpResponse:
    """Redirect to the rules of the account shown last, or that of the credentials.

    The Region is boto3's if it is in use.

    A person without a grant there is redirected to a Region with one, or told that there is none.
    """
    target = _where_to_begin(request)
    if target is None:
        return render(request, "people/no_grants.html", status=403)
    return redirect("rule-list", account_id=target.account_id, region=target.region)


def _where_to_begin(request: ConsoleRequest) -> Target | None:
    user = request.user
    if not access.may_somewhere(user=user, role=Role.VIEWER):
        return None  # the account is not revealed to a person without any grant
    problem = places.home_problem()
    if problem:
        messages.warning(request, f"{problem.title}. {problem.message} {problem.remedy}")
    found = (_place_in(request, account_id) for account_id in _accounts(request))
    return next(filter(None, found), None)


def _accounts(request: ConsoleRequest) -> Iterator[str]:
    """Yield the account that was shown last, that of the credentials, and those with a role."""
    if last := recent_account_of(request, request.user):
        yield last
    yield places.default_target().account_id
    yield from first_others(user=request.user)


def _place_in(request: ConsoleRequest, account_id: str) -> Target | None:
    """Return boto3's Region of an account if it is offered, or another one with a grant."""
    user, target = request.user, Target(account_id=account_id, region=places.home_region())
    regions = account_regions_of(request, account_id)
    is_offered = target.region in {region.code for region in regions.open}
    if is_offered and access.may(user=user, role=Role.VIEWER, target=target):
        return target
    # A person may have grants only of Regions that are closed or not in use. Their pages say so.
    found = (
        access.first_place(user=user, account_id=account_id, regions=each)
        for each in (regions.open, regions.in_use, places.list_regions())
    )
    return next(filter(None, found), None)


@require_POST
@takes("theme", "navigation", "language", *BROWSER_CHOICES, "next")
def preferences(request: HttpRequest) -> HttpResponse:
    """Store a choice of this browser, such as the theme, in a cookie; return to the page.

    A language is also stored as that of the person who is signed in.
    """
    url = local_url(request, request.POST.get("next", "")) or reverse("home")
    response = HttpResponseRedirect(url, status=303)
    for name, cookie, choices in (
        ("theme", theme_cookie(), THEMES),
        ("navigation", navigation_cookie(), NAVIGATION),
        ("language", settings.LANGUAGE_COOKIE_NAME, {OF_BROWSER, *dict(languages())}),
        *((name, choice_cookie(name), offered) for name, offered in BROWSER_CHOICES.items()),
    ):
        chosen = request.POST.get(name, "")
        if chosen in choices:
            _keep(response, cookie, chosen)
            if name == "language" and isinstance(request.user, User):
                set_language(user=request.user, code="" if chosen == OF_BROWSER else chosen)
    return response


def _keep(response: HttpResponse, cookie: str, value: str) -> None:
    response.set_cookie(
        cookie,
        value,
        max_age=_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
