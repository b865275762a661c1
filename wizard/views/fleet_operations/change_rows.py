"""The plan of changing rules of many accounts, as counts and rows of a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy

from wizard.models import Account
from wizard.services.fleet import rules
from wizard.services.fleet_operations import (
    MOST_ACCOUNTS,
    MOST_CHANGED,
    ChangeFinding,
    ChangeInAccount,
    ChangePlan,
)
from wizard.views.fleet_operations.creation_rows import Note
from wizard.words import Text

# As many accounts of a plan are shown.
MOST_SHOWN: Final = 500

WORDS: Final[Mapping[ChangeFinding, tuple[str, Text]]] = {
    ChangeFinding.UPDATE: ("pending", gettext_lazy("Change")),
    ChangeFinding.REPLACE: ("warning", gettext_lazy("Delete and create again")),
    ChangeFinding.UNCHANGED: ("valid", gettext_lazy("Nothing to change")),
    ChangeFinding.IMPOSSIBLE: (
        "not-validated",
        gettext_lazy("A rule without a cache prefix can't have an upstream prefix"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One account of the plan."""

    plan: ChangeInAccount
    account: Account | None

    @property
    def account_id(self) -> str:
        return self.plan.account_id

    @property
    def notes(self) -> list[Note]:
        found: dict[ChangeFinding, list[str]] = {}
        for name, finding in self.plan.found.items():
            found.setdefault(finding, []).append(name)
        return [
            Note(icon=WORDS[each][0], word=WORDS[each][1], where=found[each])
            for each in ChangeFinding
            if each in found
        ]


def change_context(plan: ChangePlan) -> dict[str, Any]:
    """Return what the page of the plan shows."""
    shown = plan.accounts[:MOST_SHOWN]
    known = rules.accounts_of(each.account_id for each in shown)
    counts = plan.counts
    return {
        "plan": plan,
        "rows": [ChangeRow(plan=each, account=known.get(each.account_id)) for each in shown],
        "further": len(plan.accounts) - len(shown),
        "counts": [(*WORDS[each], counts[each]) for each in ChangeFinding if counts.get(each)],
        "can_start": bool(plan.started) and not plan.is_too_large,
        "most_rules": MOST_CHANGED,
        "most_accounts": MOST_ACCOUNTS,
    }
