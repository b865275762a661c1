"""How many rules there are of what, counted by the database, by status."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Count, Min, Q, QuerySet

from wizard.models import Account, LastKnownRule, RegionReading, RuleStatus
from wizard.services import access

# What rules are grouped by, and the column that the database groups by.
COLUMN_OF: Final[Mapping[str, str]] = {
    "owner": "account_id",
    "registry": "registry_key",
    "url": "upstream_registry_url",
    "prefix": "ecr_repository_prefix",
    "region": "region",
    "status": "status",
    "reason": "failure_key",
}


# What is shown of an account; there may be thousands of rows.
_NAMES: Final = ("account_id", "alias", "owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of rules by the result of their last validation."""

    valid: int = 0
    failed: int = 0
    not_validated: int = 0

    @property
    def total(self) -> int:
        return self.valid + self.failed + self.not_validated

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            valid=self.valid + other.valid,
            failed=self.failed + other.failed,
            not_validated=self.not_validated + other.not_validated,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummary:
    """An account: its rules, and how its Regions were read.

    `account` is None for an account without a row. `oldest` is when the Region was read that was
    read longest ago; None if no Region was. `unread` Regions were only tried, `failed` ones failed
    the last time.
    """

    account_id: str
    account: Account | None
    counts: Counts
    regions: int = 0
    oldest: Any = None
    unread: int = 0
    failed: int = 0


def _counts_by(
    rows: "QuerySet[LastKnownRule]", column: str, *, key: Callable[[str], str] = str
) -> dict[str, Counts]:
    """Return the numbers of rules by the value of a column, or by what `key` makes of it."""
    found: dict[str, dict[str, int]] = {}
    grouped = rows.order_by().values_list(column, "status").annotate(number=Count("*"))
    for value, status, number in grouped:
        numbers = found.setdefault(key(value), {})
        numbers[status] = numbers.get(status, 0) + number
    return {
        name: Counts(
            valid=numbers.get(RuleStatus.VALID, 0),
            failed=numbers.get(RuleStatus.FAILED, 0),
            not_validated=numbers.get(RuleStatus.NOT_VALIDATED, 0),
        )
        for name, numbers in found.items()
    }


def groups_of(rows: "QuerySet[LastKnownRule]", by: str) -> dict[str, Counts]:
    """Return the numbers of rules by a name of COLUMN_OF; the owner is empty where none is."""
    if by == "status":
        grouped = rows.order_by().values_list("status").annotate(number=Count("*"))
        return {status: _counts(status, number) for status, number in grouped}
    if by == "reason":
        rows = rows.filter(status=RuleStatus.FAILED)
    if by == "owner":
        owners = dict(Account.objects.exclude(owner="").values_list("account_id", "owner"))
        return _counts_by(rows, "account_id", key=lambda account_id: owners.get(account_id, ""))
    return _counts_by(rows, COLUMN_OF[by])


def accounts_seen(*, user: User, rows: "QuerySet[LastKnownRule]") -> list[AccountSummary]:
    """Return the accounts that the person may look into, by alias and ID.

    They are those that have a row, and those of which a Region was read.
    """
    counts = _counts_by(rows, "account_id")
    known = {
        account.account_id: account
        for account in Account.objects.filter(access.visible_accounts(user=user)).only(*_NAMES)
    }
    readings = {each["account_id"]: each for each in _readings(user)}
    found = [
        _summary(account_id, known.get(account_id), counts, readings)
        for account_id in {*counts, *known, *readings}
    ]
    return sorted(found, key=lambda each: (_alias(each), each.account_id))


def accounts_with(rows: "QuerySet[LastKnownRule]") -> set[str]:
    """Return the IDs of the accounts of these rules."""
    return set(rows.order_by().values_list("account_id", flat=True).distinct())


def _alias(summary: AccountSummary) -> str:
    return summary.account.alias if summary.account else ""


def _readings(user: User) -> Iterable[Any]:
    seen = RegionReading.objects.filter(access.visible_places(user=user)).order_by()
    return seen.values("account_id").annotate(
        regions=Count("pk"),
        oldest=Min("read_at"),
        unread=Count("pk", filter=Q(read_at__isnull=True)),
        failed=Count("pk", filter=Q(failed_at__isnull=False)),
    )


def _summary(
    account_id: str,
    account: Account | None,
    counts: Mapping[str, Counts],
    readings: Mapping[str, dict[str, Any]],
) -> AccountSummary:
    reading = {**readings.get(account_id, {})}
    reading.pop("account_id", None)
    return AccountSummary(
        account_id=account_id,
        account=account,
        counts=counts.get(account_id, Counts()),
        **reading,
    )


def _counts(status: str, number: int) -> Counts:
    if status == RuleStatus.VALID:
        return Counts(valid=number)
    return Counts(failed=number) if status == RuleStatus.FAILED else Counts(not_validated=number)
