"""What a list of the fleet shows of its selection, and the filter that its form sends."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import QueryDict

from wizard.domain import Role
from wizard.services import access
from wizard.views.selection import selection_context
from wizard.web import ConsoleRequest

# The value of `of` that says that a filter is that of the list of accounts.
ACCOUNTS: Final = "accounts"
# What is no filter in the query string of a list.
_NO_FILTERS: Final = ("page", "sort", "format", "select", "rule")


def selection_of(
    request: ConsoleRequest, shown: Sequence[str], matches: int, *, field: str = "rule"
) -> dict[str, Any]:
    """Return the selection for the page; `shown` are the names of its rows.

    Accounts can be selected in which the person is an operator somewhere.
    """
    query = filter_of(request.GET)
    if field == "account":
        query["of"] = ACCOUNTS
        shown = [
            each
            for each in shown
            if access.may_somewhere(user=request.user, role=Role.OPERATOR, account_id=each)
        ]
    selection = selection_context(request, shown, matches, field=field)
    return {"selection_filter": query.urlencode(), "selectable": set(shown), **selection}


def filter_of(query: QueryDict) -> QueryDict:
    """Return the query string of a list without its page, its order and its selection."""
    kept = query.copy()
    for name in _NO_FILTERS:
        kept.pop(name, None)
    return kept
