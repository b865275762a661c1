"""The plan of creating rules in many accounts, as counts and rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy

from wizard.domain.fleet_rules import FleetRule
from wizard.models import Account
from wizard.services.fleet import rules as fleet_rules
from wizard.services.fleet_operations import (
    MOST_ACCOUNTS,
    MOST_RULES,
    CreationInAccount,
    CreationPlan,
    Finding,
)
from wizard.words import Text

# As many accounts of a plan are shown.
MOST_SHOWN: Final = 500

WORDS: Final[Mapping[Finding, tuple[str, Text]]] = {
    Finding.CREATE: ("pending", gettext_lazy("Create")),
    Finding.EXISTS: ("valid", gettext_lazy("Exists, nothing to do")),
    Finding.TAKEN: ("warning", gettext_lazy("Another rule has the prefix")),
    Finding.FULL: ("failed", gettext_lazy("The Region has as many rules as AWS allows")),
    Finding.UPSTREAM: ("not-validated", gettext_lazy("The upstream registry is there")),
    Finding.NOT_IN_USE: ("not-validated", gettext_lazy("The Region isn't in use")),
    Finding.CLOSED: ("not-validated", gettext_lazy("The Region is closed to the account")),
    Finding.NOT_PERMITTED: ("not-validated", gettext_lazy("You aren't an operator there")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What becomes of some of the rules: an icon, a word, and where."""

    icon: str
    word: Text
    where: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One account."""

    plan: CreationInAccount
    account: Account | None
    is_one_rule: bool

    @property
    def account_id(self) -> str:
        return self.plan.account_id

    @property
    def owner(self) -> str:
        return self.account.owner if self.account else ""

    @property
    def notes(self) -> list[Note]:
        """Return what becomes of the rules; those that are created come first."""
        found: dict[Finding, list[str]] = {}
        for name, finding in self.plan.found.items():
            place = name.partition("/")[0] if self.is_one_rule else name
            found.setdefault(finding, []).append(place)
        return [
            Note(icon=WORDS[each][0], word=WORDS[each][1], where=found[each])
            for each in Finding
            if each in found
        ]


def plan_context(plan: CreationPlan, rules: Sequence[FleetRule]) -> dict[str, Any]:
    """Return what the page of the plan shows."""
    shown = plan.accounts[:MOST_SHOWN]
    known = fleet_rules.accounts_of(each.account_id for each in shown)
    counts = plan.counts
    return {
        "plan": plan,
        "rules": rules,
        "rows": [
            PlanRow(plan=each, account=known.get(each.account_id), is_one_rule=len(rules) == 1)
            for each in shown
        ],
        "further": len(plan.accounts) - len(shown),
        "counts": [(*WORDS[each], counts[each]) for each in Finding if counts.get(each)],
        "can_start": bool(plan.started) and not plan.is_too_large,
        "most_rules": MOST_RULES,
        "most_accounts": MOST_ACCOUNTS,
    }
