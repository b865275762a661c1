"""The plan of creating rules in many accounts: its words, and what its page shows."""

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext_lazy

from wizard.domain.fleet_rules import FleetRule
from wizard.services.fleet_operations import MOST_RULES, CreationPlan, Finding
from wizard.views.fleet_operations.plan_rows import Words, plan_context

WORDS: Final[Words] = {
    Finding.CREATE: ("pending", gettext_lazy("Create")),
    Finding.EXISTS: ("valid", gettext_lazy("Exists, nothing to do")),
    Finding.TAKEN: ("warning", gettext_lazy("Another rule has the prefix")),
    Finding.FULL: ("failed", gettext_lazy("The Region has as many rules as AWS allows")),
    Finding.UPSTREAM: ("not-validated", gettext_lazy("The upstream registry is there")),
    Finding.NOT_IN_USE: ("not-validated", gettext_lazy("The Region isn't in use")),
    Finding.CLOSED: ("not-validated", gettext_lazy("The Region is closed to the account")),
    Finding.NOT_PERMITTED: ("not-validated", gettext_lazy("You aren't an operator there")),
}


def creation_context(plan: CreationPlan, rules: Sequence[FleetRule]) -> dict[str, Any]:
    """Return what the page of the plan shows."""
    shown = plan_context(plan, WORDS, most_rules=MOST_RULES, is_one_rule=len(rules) == 1)
    return shown | {"rules": rules}
