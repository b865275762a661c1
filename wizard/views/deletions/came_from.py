"""The list of rules from which a person came to a deletion, and which it leads back to."""

from collections.abc import Collection
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve, reverse

from wizard.domain import Target
from wizard.web import ConsoleRequest, local_url, place_url


def list_before(request: ConsoleRequest) -> str:
    """Return the list of rules from which the person came, with its filter; empty for others."""
    sent_from = request.POST.get("next") or request.headers.get("Referer", "")
    parts = urlsplit(local_url(request, sent_from))
    try:
        match = resolve(parts.path)
    except Resolver404:
        return ""
    is_list = match.url_name in ("rule-list", "rule-overview")
    if not is_list or match.kwargs.get("account_id") != request.account_id:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def list_url(account_id: str, regions: Collection[str]) -> str:
    """Return the list of the Region if there is only one, else that of all Regions."""
    codes = set(regions)
    if len(codes) != 1:
        return reverse("rule-overview", kwargs={"account_id": account_id})
    return place_url("rule-list", Target(account_id=account_id, region=codes.pop()))
