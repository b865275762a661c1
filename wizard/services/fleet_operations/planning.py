"""What an operation over accounts would do, from the last-known rules. Nothing here calls AWS."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.contrib.auth.models import User
from django.db.models import QuerySet

from wizard.domain import Role, Target
from wizard.models import LastKnownRule
from wizard.services import access, usable_accounts

# More accounts than an organization of AWS has without an agreement, and more rules than it reads.
MOST_ACCOUNTS: Final = 5_000
MOST_RULES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan:
    """One account: its Regions, and for a validation its rules as `region/prefix`.

    For a rotation they are its secrets, and `rotation_id` is the one that goes on.
    """

    account_id: str
    regions: tuple[str, ...]
    rules: tuple[str, ...] = ()
    rotation_id: uuid.UUID | None = None

    @property
    def first_target(self) -> Target:
        return Target(account_id=self.account_id, region=self.regions[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """The accounts of an operation, and how much is left out.

    `not_permitted` are the rules in places where the person is no operator, `unusable` the accounts
    that are disabled, removed, or without a role. With `is_too_large` the plan is cut.
    """

    accounts: tuple[AccountPlan, ...]
    not_permitted: int = 0
    unusable: tuple[str, ...] = ()
    is_too_large: bool = False

    @property
    def rules(self) -> int:
        return sum(len(each.rules) for each in self.accounts)

    @property
    def regions(self) -> int:
        """The number of Regions, each counted once."""
        return len({region for each in self.accounts for region in each.regions})


def plan_validation(*, rows: "QuerySet[LastKnownRule]", user: User) -> FleetPlan:
    """Return the plan that validates those of the rules that the person may validate."""
    allowed = rows.filter(access.visible_places(user=user, role=Role.OPERATOR))
    allowed = allowed.order_by("account_id", "region", "ecr_repository_prefix")
    columns = allowed.values_list("account_id", "region", "ecr_repository_prefix")
    found = list(columns[: MOST_RULES + 1])
    by_account = {
        account_id: [(region, prefix) for _account, region, prefix in members]
        for account_id, members in groupby(found, key=lambda row: row[0])
    }
    usable = usable_accounts.usable_of(by_account)
    plans = [
        AccountPlan(
            account_id=account_id,
            regions=_once(region for region, _prefix in members),
            rules=tuple(f"{region}/{prefix}" for region, prefix in members),
        )
        for account_id, members in by_account.items()
        if account_id in usable
    ]
    return FleetPlan(
        accounts=tuple(plans[:MOST_ACCOUNTS]),
        not_permitted=rows.count() - allowed.count(),
        unusable=tuple(sorted(by_account.keys() - usable)),
        is_too_large=len(found) > MOST_RULES or len(plans) > MOST_ACCOUNTS,
    )


def _once(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))
