"""The way in, and how the console looks to this browser."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wizard.context_processors import THEME_COOKIE, THEMES
from wizard.forms.table import TableForm
from wizard.services import places
from wizard.services.preferences import set_table_look
from wizard.views.requests import ConsoleRequest

_YEAR = 365 * 24 * 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the rules of the credentials' account, in the Region boto3 is set to."""
    target = places.default_target()
    return redirect("rule-list", account_id=target.account_id, region=target.region)


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie, and go back where the choice was made."""
    url = local_url(request, request.POST.get("next", "")) or reverse("home")
    response = HttpResponseRedirect(url, status=303)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=_YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@require_POST
def table_preferences(request: ConsoleRequest) -> HttpResponse:
    """Keep how the person wants tables, and go back to the table."""
    form = TableForm(request.POST)
    if form.is_valid():
        set_table_look(
            user=request.user,
            page_size=form.cleaned_data["page_size"],
            shown_columns=form.cleaned_data["columns"],
        )
    else:
        messages.error(request, _("The preferences were not kept: choose from what is offered."))
    url = local_url(request, request.POST.get("next", "")) or reverse("home")
    return HttpResponseRedirect(url, status=303)


def local_url(request: HttpRequest, wanted: str) -> str:
    """The address when it is one of this console's own; empty for any other."""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else ""
