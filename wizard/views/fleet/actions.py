"""What is done at once with rows that are checked in a list of the fleet."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wizard.views.fleet.rows import rows_of
from wizard.views.fleet.selection import (
    CHOSEN_FIELDS,
    LIST_FIELDS,
    MOST_IN_ADDRESS,
    chosen_rules,
    refusal_of_choice,
)
from wizard.views.selection import back_to_table
from wizard.web import ConsoleRequest, see_other, takes


@require_POST
@takes("to", *LIST_FIELDS, many=CHOSEN_FIELDS)
def fleet_action(request: ConsoleRequest) -> HttpResponse:
    """Do `to` with the checked rows: `view` one rule, or `keep` them in the address of the list.

    Without the script, the address is what remembers them while a person sorts or pages.
    """
    to = request.POST.get("to", "")
    refusal = refusal_of_choice(request, most=MOST_IN_ADDRESS)
    if refusal is not None:
        return refusal
    if to == "keep":
        return back_to_table(request, reverse("fleet-rules"), selected=request.POST.getlist("rule"))
    found = rows_of(chosen_rules(request).rows[:2], user=request.user) if to == "view" else []
    if len(found) == 1:
        return see_other(found[0].url)
    messages.warning(request, _("Select one rule for this action."))
    return back_to_table(request, reverse("fleet-rules"))
