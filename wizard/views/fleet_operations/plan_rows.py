"""A plan over accounts as its page shows it: the counts, and what becomes of the rules of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wizard.models import Account
from wizard.services.fleet import rules
from wizard.services.fleet_operations import (
    MOST_ACCOUNTS,
    ChangeInAccount,
    ChangePlan,
    CreationInAccount,
    CreationPlan,
)
from wizard.words import Text

# As many accounts of a plan are shown.
MOST_SHOWN: Final = 500

# A finding's icon and its word, in the order in which they are shown.
Words = Mapping[str, tuple[str, Text]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What becomes of some of the rules: an icon, a word, and where."""

    icon: str
    word: Text
    where: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One account of the plan."""

    plan: ChangeInAccount | CreationInAccount
    account: Account | None
    notes: Sequence[Note]

    @property
    def account_id(self) -> str:
        return self.plan.account_id


def plan_context(
    plan: ChangePlan | CreationPlan, words: Words, *, most_rules: int, is_one_rule: bool = False
) -> dict[str, Any]:
    """Return what the page of a plan shows. The places of one rule are named by their Region."""
    shown = plan.accounts[:MOST_SHOWN]
    known = rules.accounts_of(each.account_id for each in shown)
    counts: Mapping[Any, int] = plan.counts
    return {
        "plan": plan,
        "rows": [
            PlanRow(
                plan=each,
                account=known.get(each.account_id),
                notes=_notes(each.found, words, is_one_rule=is_one_rule),
            )
            for each in shown
        ],
        "further": len(plan.accounts) - len(shown),
        "counts": [(*words[each], counts[each]) for each in words if counts.get(each)],
        "can_start": bool(plan.started) and not plan.is_too_large,
        "most_rules": most_rules,
        "most_accounts": MOST_ACCOUNTS,
    }


def _notes(found: Mapping[str, str], words: Words, *, is_one_rule: bool) -> list[Note]:
    places: dict[str, list[str]] = {}
    for name, finding in found.items():
        places.setdefault(finding, []).append(name.partition("/")[0] if is_one_rule else name)
    return [
        Note(icon=icon, word=word, where=places[finding])
        for finding, (icon, word) in words.items()
        if finding in places
    ]
