"""Answers that many views give: a redirect after a POST, and only to addresses of this console."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def see_other(url: str) -> HttpResponse:
    """Redirect with 303 See Other, so that the browser follows with a GET."""
    return HttpResponseRedirect(url, status=303)


def local_url(request: HttpRequest, wanted: str) -> str:
    """The address when it is one of this console's own; empty for any other."""
    if not url_has_allowed_host_and_scheme(  # guard: H5
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return ""
    return wanted
