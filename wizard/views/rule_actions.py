"""The Actions menu above a table of rules: what is done with the one selected rule."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wizard.domain import Target
from wizard.domain.prefixes import ROOT, prefix_problem
from wizard.services import places, rules
from wizard.views.selection import (
    SELECTION_FIELDS,
    back_to_table,
    nothing_selected,
    selected_names,
)
from wizard.views.wizard.begin import begin_from_rule
from wizard.web import ConsoleRequest, at_account, place_url, see_other, takes

# As many names fit into an address.
MOST_COPIED: Final = 50

Action = Callable[[ConsoleRequest, str], HttpResponse]


@require_POST
@takes("to", *SELECTION_FIELDS, many=["rule"])
@at_account
def rule_action(request: ConsoleRequest) -> HttpResponseBase:
    """Do `to` with the selected rule; back to the table if not exactly one rule is selected.

    `keep` puts the selection into the address of the table.
    """
    overview = reverse("rule-overview", kwargs={"account_id": request.account_id})
    selected = selected_names(request)
    if not selected:
        return nothing_selected(request, overview)
    if request.POST.get("to") == "keep":
        return back_to_table(request, overview, selected=selected)
    if request.POST.get("to") == "copy-accounts":
        return _copy_to_accounts(request, selected, overview)
    action = _ACTIONS.get(request.POST.get("to", ""))
    region, _slash, prefix = selected[0].partition("/")
    if len(selected) > 1 or action is None or not _is_prefix(prefix):
        messages.warning(request, _("Select one rule for this action."))
        return back_to_table(request, overview)
    request.target = Target(account_id=request.account_id, region=region)
    places.check_target(request.target)
    return action(request, prefix)


def _copy_to_accounts(
    request: ConsoleRequest, selected: Sequence[str], overview: str
) -> HttpResponse:
    """Lead to the page that copies rules to further accounts.

    It knows rules as they were last read, so they are read: one may just have been created.
    """
    if len(selected) > MOST_COPIED:
        text = _("Select at most %(most)d rules to copy.")
        messages.warning(request, text % {"most": MOST_COPIED})
        return back_to_table(request, overview)
    codes = dict.fromkeys(name.partition("/")[0] for name in selected)
    targets = [Target(account_id=request.account_id, region=code) for code in codes]
    for target in targets:
        places.check_target(target)
    # A Region that cannot be read is told by that page: the rule is not there.
    deque(rules.read_everywhere(targets=targets), maxlen=0)
    names = [("from", f"{request.account_id}/{name}") for name in selected]
    return see_other(f"{reverse('fleet-create')}?{urlencode(names)}")


def _is_prefix(text: str) -> bool:
    return text == ROOT or prefix_problem(text) is None


def _page(name: str) -> Action:
    def action(request: ConsoleRequest, prefix: str) -> HttpResponse:
        return see_other(place_url(name, request.target, ecr_repository_prefix=prefix))

    return action


def _clone(request: ConsoleRequest, prefix: str) -> HttpResponse:
    return begin_from_rule(request, prefix)


def _copy(request: ConsoleRequest, prefix: str) -> HttpResponse:
    return begin_from_rule(request, prefix, fragment="#further-regions")


def _replace(request: ConsoleRequest, prefix: str) -> HttpResponse:
    return begin_from_rule(request, prefix, is_replacement=True)


_ACTIONS: Final[dict[str, Action]] = {
    "view": _page("rule-detail"),
    "repositories": _page("rule-repositories"),
    "edit": _page("rule-edit"),
    "replace": _replace,
    "clone": _clone,
    "copy": _copy,
}
