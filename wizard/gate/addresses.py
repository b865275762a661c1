"""Where a request comes from: the client's address, and the page that it was sent from."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse

from wizard.gate.needs import SAFE_METHODS, Audience, need_of
from wizard.web.answers import local_url

# A client of IPv6 has a whole network of this size to itself.
_IPV6_NETWORK = 64


def client_address(request: HttpRequest) -> str:
    """The client's IP address; empty where there is none, such as at a Unix socket.

    Behind a proxy it is the last entry of X-Forwarded-For: the one that our own proxy added. What
    stands before it, the client may have made up.
    """
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_TLS_PROXY:
        last = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]
        peer = _address(last) or peer
    return str(peer) if peer else ""


def throttled_address(request: HttpRequest) -> str | None:
    """What attempts are counted by: the address, of IPv6 the client's network; None without one."""
    address = client_address(request)
    if ":" in address:
        return str(ip_network(f"{address}/{_IPV6_NETWORK}", strict=False).network_address)
    return address or None


def page_of(request: HttpRequest) -> str:
    """The page that a person is on: this one, or the one whose button sent the request.

    Path and query only. The first page when it is none of ours, or one of those that need no
    sign-in: their addresses may hold a secret.
    """
    if request.method in SAFE_METHODS and not request.headers.get("HX-Request"):
        return request.get_full_path()
    sent_from = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    parts = urlsplit(local_url(request, sent_from))
    try:
        need = need_of(resolve(parts.path))
    except Resolver404:
        need = None
    if need is None or need.look is Audience.ANYBODY:  # guard: W6
        return reverse("home")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, with or without a port; one of IPv4 written as IPv6 is one of IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
