"""The provider's addresses: those of the toolkit, a login form, and a control API for the tests."""

import json

from django.contrib.auth.models import Group, User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.models import get_application_model

from tests.oidc_provider.claims import LIES


@csrf_exempt
def control(request: HttpRequest) -> HttpResponse:
    """Execute orders in JSON: `person` with a password and groups, `redirect_uri`, `lies`."""
    orders = json.loads(request.body)
    for name, facts in orders.get("people", {}).items():
        _make_person(name, **facts)
    if "redirect_uri" in orders:
        applications = get_application_model().objects
        applications.update(redirect_uris=orders["redirect_uri"])
    if "lies" in orders:
        LIES.clear()
        LIES.update(orders["lies"])
    return HttpResponse(status=204)


def _make_person(name: str, *, password: str = "", groups: list[str]) -> None:
    user, _ = User.objects.get_or_create(username=name, defaults={"email": f"{name}@example.com"})
    if password:
        user.set_password(password)
        user.save()
    user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])


urlpatterns = [
    path("login/", LoginView.as_view(template_name="login.html")),
    path("control/", control),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]
