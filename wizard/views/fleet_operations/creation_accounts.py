"""The accounts to choose from for new rules: the selected ones, and what a filter finds."""

from typing import Any, Final

from wizard.forms.fleet_operations import PlacesForm
from wizard.services import account_choice
from wizard.services.account_choice import AccountChoice
from wizard.services.fleet import rules as fleet_rules
from wizard.views.fleet.page import owner_filter
from wizard.web import ConsoleRequest

# As many accounts are listed with a check box. The others are found by the filter.
MOST_LISTED: Final = 200


def accounts_context(request: ConsoleRequest, places: PlacesForm) -> dict[str, Any]:
    """Return what the page shows of the accounts: the selected ones, and what the filter finds."""
    owner = str(places["owner"].value() or "")
    found = found_accounts(request, str(places["q"].value() or ""), owner)
    selected = {str(each) for each in places["accounts"].value() or ()}
    every = found_accounts(request, "", "") if selected else []
    above = [each for each in every if each.account_id in selected]
    others = [each for each in found if each.account_id not in selected]
    listed = [*((each, True) for each in above), *((each, False) for each in others)]
    return {
        "listed": listed[: max(MOST_LISTED, len(above))],
        "found": len(found),
        "most": MOST_LISTED,
        "owners": owner_filter(request, owner),
    }


def found_accounts(request: ConsoleRequest, text: str, owner: str) -> list[AccountChoice]:
    """Return the accounts that a filter finds."""
    words = text.lower().split()
    wanted = "" if owner == fleet_rules.NO_OWNER else owner
    return [
        each
        for each in account_choice.list_choices(user=request.user)
        if (not owner or each.owner == wanted)
        and all(word in f"{each.account_id} {each.alias} {each.owner}".lower() for word in words)
    ]
