"""What is done at once with rows that are chosen in a list of the fleet."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wizard.views.fleet.rows import rows_of
from wizard.views.fleet.selection import (
    CHOSEN_FIELDS,
    LIST_FIELDS,
    MOST_ACCOUNTS_IN_ADDRESS,
    MOST_CHOSEN,
    MOST_IN_ADDRESS,
    back_to_list,
    chosen_accounts,
    chosen_rules,
    is_of_accounts,
    refusal_of_choice,
)
from wizard.views.fleet.sweeps import order_now
from wizard.web import ConsoleRequest, see_other, takes


@require_POST
@takes("to", *LIST_FIELDS, many=CHOSEN_FIELDS)
def fleet_action(request: ConsoleRequest) -> HttpResponse:
    """Do `to` with the chosen rows.

    `view` opens one rule, and `sweep` lets accounts be read now. `copy` leads to the page that
    copies rules, and `create` to the one that creates a rule in accounts. `keep` puts the checked
    rows into the address of the list, which remembers them without the script.
    """
    to = request.POST.get("to", "")
    if to == "keep":
        return refusal_of_choice(request, most=MOST_IN_ADDRESS) or _keep(request)
    return _with_accounts(request, to) if is_of_accounts(request) else _with_rules(request, to)


def _keep(request: ConsoleRequest) -> HttpResponse:
    field = "account" if is_of_accounts(request) else "rule"
    return back_to_list(request, selected=request.POST.getlist(field))


def _with_rules(request: ConsoleRequest, to: str) -> HttpResponse:
    if request.POST.get("scope") != "all":
        refusal = refusal_of_choice(request, most=MOST_CHOSEN)
        if refusal is not None:
            return refusal
    found = rows_of(chosen_rules(request).rows[: MOST_IN_ADDRESS + 1], user=request.user)
    if to == "copy":
        refusal = refusal_of_choice(request, most=MOST_IN_ADDRESS, number=len(found))
        return refusal or _creation("from", [each.name for each in found])
    if to == "view" and len(found) == 1:
        return see_other(found[0].url)
    messages.warning(request, _("Select one rule for this action."))
    return back_to_list(request)


def _with_accounts(request: ConsoleRequest, to: str) -> HttpResponse:
    found = chosen_accounts(request)
    most = MOST_ACCOUNTS_IN_ADDRESS if to == "create" else len(found)
    refusal = refusal_of_choice(request, most=most, number=len(found))
    if refusal is not None:
        return refusal
    if to == "create":
        return _creation("account", found)
    if to == "sweep":
        order_now(request, found)
    return back_to_list(request)


def _creation(name: str, values: Sequence[str]) -> HttpResponse:
    query = urlencode([(name, value) for value in values])
    return see_other(f"{reverse('fleet-create')}?{query}")
