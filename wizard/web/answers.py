"""Addresses that many views link to, and the redirect after a POST."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from wizard.domain import Target


def see_other(url: str) -> HttpResponse:
    """Redirect with 303 See Other, so that the browser follows with a GET."""
    return HttpResponseRedirect(url, status=303)


def redirects_scripts(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Tell a script that sent the form where the result is, as htmx is told.

    `fetch` does not show where a redirect leads, and following it would consume the flashes.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code == 303 and request.headers.get("HX-Request"):
            response.status_code = 204
            response["HX-Redirect"] = response["Location"]
            del response["Location"]
        return response

    return wrapped


def query_left_at(request: HttpRequest, path: str) -> str:
    """Return the query string with which the person left a list for this page, with its "?".

    It is that of the header Referer, if the list is where the request came from; else empty. What
    was selected there is not led back to.
    """
    parts = urlsplit(local_url(request, request.headers.get("Referer", "")))
    if parts.path != path:
        return ""
    query = QueryDict(parts.query, mutable=True)
    for name in ("rule", "select"):
        query.pop(name, None)
    kept = query.urlencode()
    return f"?{kept}" if kept else ""


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
