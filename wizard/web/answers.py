"""Addresses that many views link to, and the redirect after a POST."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from wizard.domain import Target


def see_other(url: str) -> HttpResponse:
    """Redirect with 303 See Other, so that the browser follows with a GET."""
    return HttpResponseRedirect(url, status=303)


@lru_cache(maxsize=4096)
def place_url(name: str, target: Target, **parts: str) -> str:
    """Return the address of a page at an account and Region, such as `rule-list`.

    Cached: the page of all Regions has two for each Region.
    """
    place = {"account_id": target.account_id, "region": target.region}
    return reverse(name, kwargs={**place, **parts})


def local_url(request: HttpRequest, wanted: str) -> str:
    """Return the address if it belongs to this console, else an empty text (no open redirect)."""
    if not url_has_allowed_host_and_scheme(  # guard: H5
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return ""
    return wanted
