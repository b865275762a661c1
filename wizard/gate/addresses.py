"""Where a request comes from: the IP address of the client, and the page that sent it."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse

from wizard.gate.needs import SAFE_METHODS, Audience, need_of
from wizard.web import local_url

# The prefix length of the network that is usually assigned to one IPv6 client.
_IPV6_NETWORK = 64


def client_address(request: HttpRequest) -> str:
    """Return the client's IP address; empty where there is none, such as at a Unix socket.

    Behind a proxy it is the last entry of X-Forwarded-For, which our own proxy added. The entries
    before it can be forged by the client.
    """
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_TLS_PROXY:
        last = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]
        peer = _address(last) or peer
    return str(peer) if peer else ""


def throttled_address(request: HttpRequest) -> str | None:
    """Return the key for counting attempts: the IPv4 address, or the IPv6 network."""
    address = client_address(request)
    if ":" in address:
        return str(ip_network(f"{address}/{_IPV6_NETWORK}", strict=False).network_address)
    return address or None


def page_of(request: HttpRequest) -> str:
    """Return path and query of the page that the person is on, to come back to it.

    For a form or an htmx request that is the page that sent it. Pages of other sites are replaced
    by the start page, and so are pages without sign-in, whose addresses may contain a secret.
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
    """Parse an address with or without a port; an IPv4-mapped IPv6 address becomes IPv4."""
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
