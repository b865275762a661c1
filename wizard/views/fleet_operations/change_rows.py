"""The plan of changing rules of many accounts: its words, and what its page shows."""

from typing import Any, Final

from django.utils.translation import gettext_lazy

from wizard.services.fleet_operations import MOST_CHANGED, ChangeFinding, ChangePlan
from wizard.views.fleet_operations.plan_rows import Words, plan_context

WORDS: Final[Words] = {
    ChangeFinding.UPDATE: ("pending", gettext_lazy("Change")),
    ChangeFinding.REPLACE: ("warning", gettext_lazy("Delete and create again")),
    ChangeFinding.UNCHANGED: ("valid", gettext_lazy("Nothing to change")),
    ChangeFinding.IMPOSSIBLE: (
        "not-validated",
        gettext_lazy("A rule without a cache prefix can't have an upstream prefix"),
    ),
}


def change_context(plan: ChangePlan) -> dict[str, Any]:
    """Return what the page of the plan shows."""
    return plan_context(plan, WORDS, most_rules=MOST_CHANGED)
