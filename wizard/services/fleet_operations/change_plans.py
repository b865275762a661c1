"""What changing rules of many accounts would do, from what was last read; AWS is not called."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

from django.contrib.auth.models import User
from django.db.models import QuerySet

from wizard.domain import Role
from wizard.domain.fleet_rules import FleetChange, fleet_rule_like
from wizard.models import LastKnownRule
from wizard.services import access, usable_accounts
from wizard.services.fleet_operations.creation_plans import secret_names
from wizard.services.fleet_operations.planning import MOST_ACCOUNTS, AccountPlan

# Each of them is compared with what it is to be.
MOST_CHANGED: Final = 20_000


class ChangeFinding(StrEnum):
    """What a change means for a rule."""

    UPDATE = "update"
    REPLACE = "replace"
    UNCHANGED = "unchanged"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeInAccount:
    """One account: what becomes of each of its rules, as `region/prefix`."""

    account_id: str
    found: Mapping[str, ChangeFinding]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that would be changed or replaced."""
        wanted = (ChangeFinding.UPDATE, ChangeFinding.REPLACE)
        return tuple(name for name, each in self.found.items() if each in wanted)

    @property
    def plan(self) -> AccountPlan:
        regions = dict.fromkeys(each.partition("/")[0] for each in self.rules)
        return AccountPlan(account_id=self.account_id, regions=tuple(regions), rules=self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """All accounts, and how much is left out, as in a plan of a validation."""

    accounts: Sequence[ChangeInAccount]
    not_permitted: int = 0
    unusable: int = 0
    is_too_large: bool = False

    @property
    def started(self) -> list[AccountPlan]:
        """The accounts with something to change."""
        return [each.plan for each in self.accounts if each.rules]

    @property
    def counts(self) -> Mapping[ChangeFinding, int]:
        """The number of rules by what becomes of them."""
        found = Counter[ChangeFinding]()
        for each in self.accounts:
            found.update(each.found.values())
        return found

    @property
    def replaces(self) -> bool:
        """Whether a rule is deleted and created again."""
        return self.counts.get(ChangeFinding.REPLACE, 0) > 0


def plan_change(*, rows: "QuerySet[LastKnownRule]", change: FleetChange, user: User) -> ChangePlan:
    """Return what the change means for those of the rules that the person may change."""
    allowed = rows.filter(access.visible_places(user=user, role=Role.OPERATOR))
    ordered = allowed.order_by("account_id", "region", "ecr_repository_prefix")
    found = list(ordered[: MOST_CHANGED + 1])
    names = secret_names(found)
    by_account = {
        account_id: list(members)
        for account_id, members in groupby(found, key=lambda row: row.account_id)
    }
    usable = usable_accounts.usable_of(by_account)
    accounts = [
        ChangeInAccount(
            account_id=account_id,
            found={
                f"{row.region}/{row.ecr_repository_prefix}": _finding(row, change, names)
                for row in members
            },
        )
        for account_id, members in by_account.items()
        if account_id in usable
    ]
    return ChangePlan(
        accounts=accounts,
        not_permitted=rows.count() - allowed.count(),
        unusable=len(by_account.keys() - usable),
        is_too_large=len(found) > MOST_CHANGED or len(accounts) > MOST_ACCOUNTS,
    )


def _finding(row: LastKnownRule, change: FleetChange, names: Mapping[str, str]) -> ChangeFinding:
    rule = fleet_rule_like(row.rule, secret_name=names.get(row.credential_arn, ""))
    if not change.is_possible_for(rule):
        return ChangeFinding.IMPOSSIBLE
    if change.replaces(rule):
        return ChangeFinding.REPLACE
    is_same = change.applied_to(rule) == rule
    return ChangeFinding.UNCHANGED if is_same else ChangeFinding.UPDATE
