"""Addresses that many views lead to, and the redirect after a POST."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from wizard.domain.regions import Target


def see_other(url: str) -> HttpResponse:
    """Redirect with 303 See Other, so that the browser follows with a GET."""
    return HttpResponseRedirect(url, status=303)


def place_url(name: str, target: Target, **parts: str) -> str:
    """The address of a page at an account and Region, such as `rule-list`."""
    place = {"account_id": target.account_id, "region": target.region}
    return reverse(name, kwargs={**place, **parts})


def local_url(request: HttpRequest, wanted: str) -> str:
    """The address when it is one of this console's own; empty for any other."""
    if not url_has_allowed_host_and_scheme(  # guard: H5
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return ""
    return wanted
