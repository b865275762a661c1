"""Which page the account menu opens in another account: the one that is shown, if it is there."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from wizard.domain.prefixes import ROOT, prefix_problem
from wizard.web.frame import PageElsewhere, page_elsewhere, url_in

# The parameters of the page on which an account is chosen.
PAGE, PREFIX = "to", "prefix"
# Pages of an account without a Region.
_OF_ACCOUNT: Final = frozenset(
    {
        "rule-overview",
        "account-regions",
        "rotation-list",
        "bulk-validation-create",
        "operation-list",
    }
)
_OF_RULE: Final = frozenset({"rule-detail", "rule-repositories", "rule-health"})
_OF_REGION: Final = frozenset(
    {
        *("secret-list", "template-list", "exclusion-list", "region-health", "file-convert"),
        *("image-bypass", "permission-list", "client-configuration", "region-repositories"),
    }
)


def switch_url(request: HttpRequest) -> str:
    """Return the page to choose another account on, which remembers the page that is shown."""
    address = reverse("account-switch")
    match = request.resolver_match
    if match is None:
        return address
    name = str(match.url_name)
    if name in _OF_ACCOUNT:
        return f"{address}?{urlencode({PAGE: name})}"
    page = page_elsewhere(name, match.kwargs)
    if page.name == "rule-list":
        return address
    prefix = {PREFIX: page.prefix} if page.prefix else {}
    return f"{address}?{urlencode({PAGE: page.name} | prefix)}"


def kept_page(query: QueryDict) -> Mapping[str, str]:
    """Return the parameters that say which page was shown; none if there is no such page."""
    name, prefix = query.get(PAGE, ""), query.get(PREFIX, "")
    if name in _OF_RULE:
        is_one = prefix == ROOT or prefix_problem(prefix) is None
        return {PAGE: name, PREFIX: prefix} if is_one else {}
    return {PAGE: name} if name in _OF_ACCOUNT | _OF_REGION else {}


def url_there(account_id: str, region: str, kept: Mapping[str, str]) -> str:
    """Return the address of the page in an account; of the Region's rules without one.

    A rule that is not there is answered with the list of rules, which says so.
    """
    name = kept.get(PAGE, "rule-list")
    at = "" if name in _OF_ACCOUNT else region
    return url_in(at, account_id, PageElsewhere(name=name, prefix=kept.get(PREFIX, "")))
