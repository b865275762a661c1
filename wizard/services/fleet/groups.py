"""How many rules there are of what, by status: counted by the database, or added up of Regions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Count, Min, Q, QuerySet, Sum

from wizard.models import Account, FleetCount, LastKnownRule, RegionReading, RuleStatus
from wizard.services import access
from wizard.services.fleet import rules
from wizard.services.rule_numbers import NUMBERS, STATUS_OF

# The filters that the numbers can tell.
_TOLD: Final = frozenset({"account", "owner", "region", "registry", "status", "left_out"})
# What they can be grouped by.
_ADDED_UP: Final[Mapping[str, str]] = {
    "owner": "account_id",
    "region": "region",
    "registry": "registry_key",
    "status": "",
}

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of rules by the result of their last validation."""

    valid: int = 0
    failed: int = 0
    not_validated: int = 0

    @property
    def total(self) -> int:
        return self.valid + self.failed + self.not_validated

    @property
    def worst(self) -> str:
        """The status of all of them: a failure, else what is not validated."""
        if self.failed:
            return "failed"
        return "not-validated" if self.not_validated else "valid"

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            valid=self.valid + other.valid,
            failed=self.failed + other.failed,
            not_validated=self.not_validated + other.not_validated,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummary:
    """An account: its rules, and how its Regions were read.

    Alias and owner are empty for an account without a row. `oldest` is when the Region was read
    that was read longest ago; None if no Region was. `unread` Regions were never read, `failed`
    ones failed the last time.
    """

    account_id: str
    alias: str
    owner: str
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
        owners = _names_of_owners()
        return _counts_by(rows, "account_id", key=lambda account_id: owners.get(account_id, ""))
    return _counts_by(rows, COLUMN_OF[by])


def _names_of_owners() -> dict[str, str]:
    """Return the owner of each account that has one."""
    owned = Account.objects.exclude(owner="").order_by()
    return dict(owned.values_list("account_id", "owner"))


def accounts_seen(*, user: User, left_out: str = "") -> list[AccountSummary]:
    """Return the accounts that the person may look into, by alias and ID.

    They are those of which a Region was read or is to be. `left_out` is the choice of `counted`.
    """
    readings = RegionReading.objects.filter(access.visible_places(user=user)).order_by()
    totals = (
        rules.counted(readings, left_out)
        .values_list("account_id")
        .annotate(
            sum_valid=Sum("valid"),
            sum_failed=Sum("failed"),
            sum_not_validated=Sum("not_validated"),
            regions=Count("pk"),
            oldest=Min("read_at"),
            unread=Count("pk", filter=Q(read_at__isnull=True)),
            unreadable=Count("pk", filter=Q(failed_at__isnull=False)),
        )
    )
    names = _names_of_accounts(user=user)
    found = []
    for account_id, valid, failed, not_validated, regions, oldest, unread, unreadable in totals:
        alias, owner = names.get(account_id, ("", ""))
        counts = Counts(valid=valid, failed=failed, not_validated=not_validated)
        found.append(
            AccountSummary(
                account_id=account_id,
                alias=alias,
                owner=owner,
                counts=counts,
                regions=regions,
                oldest=oldest,
                unread=unread,
                failed=unreadable,
            )
        )
    return sorted(found, key=lambda each: (each.alias, each.account_id))


def _names_of_accounts(*, user: User) -> dict[str, tuple[str, str]]:
    """Return alias and owner of each account with a row that the person may look into."""
    seen = Account.objects.filter(access.visible_accounts(user=user)).order_by()
    return {pk: (alias, owner) for pk, alias, owner in seen.values_list("pk", "alias", "owner")}


def _counts(status: str, number: int) -> Counts:
    if status == RuleStatus.VALID:
        return Counts(valid=number)
    return Counts(failed=number) if status == RuleStatus.FAILED else Counts(not_validated=number)


# --- Numbers that are kept and added up -----------------------------------------------------------


def can_tell(filters: Mapping[str, str], by: str = "") -> bool:
    """Whether the kept numbers can tell how many rules these filters find, also in groups."""
    return filters.keys() <= _TOLD and (not by or by in _ADDED_UP)


def total(filters: Mapping[str, str], *, user: User) -> int:
    """Return how many rules the filters find; `can_tell` has said that it is known."""
    return _asked(_sums(_rows(filters, user).aggregate(**_totals())), filters).total


def added_groups(filters: Mapping[str, str], by: str, *, user: User) -> dict[str, Counts]:
    """Return the same as `groups_of`, added up; `can_tell` has said that it is known."""
    rows = _rows(filters, user, by_registry=by == "registry")
    if by == "status":
        counts = _asked(_sums(rows.aggregate(**_totals())), filters)
        found = {
            status.value: Counts(**{name: getattr(counts, name)})
            for name, status in STATUS_OF.items()
        }
    else:
        owners = _names_of_owners() if by == "owner" else None
        found = {}
        for row in rows.order_by().values(_ADDED_UP[by]).annotate(**_totals()):
            value = row[_ADDED_UP[by]]
            name = value if owners is None else owners.get(value, "")
            found[name] = found.get(name, Counts()) + _asked(_sums(row), filters)
    return {name: counts for name, counts in found.items() if counts.total}


def accounts_having(key: str, *, user: User, left_out: str = "") -> set[str]:
    """Return the accounts that have a rule of an upstream registry."""
    rows = _rows({"registry": key, "left_out": left_out}, user)
    return set(rows.order_by().values_list("account_id", flat=True).distinct())


def _rows(filters: Mapping[str, str], user: User, *, by_registry: bool = False) -> "QuerySet[Any]":
    """The rows with the numbers of places, or of registries in places."""
    registry = filters.get("registry", "")
    rows: QuerySet[Any]
    if registry or by_registry:
        rows = FleetCount.objects.filter(until__isnull=True)
    else:
        rows = RegionReading.objects.all()
    rows = rows.filter(access.visible_places(user=user))
    if registry:
        rows = rules.of_registry(rows, registry)
    if owner := filters.get("owner"):
        rows = rules.of_owner(rows, owner)
    for name, column in (("account", "account_id"), ("region", "region")):
        if value := filters.get(name):
            rows = rows.filter(**{column: value})
    return rules.counted(rows, filters.get("left_out", ""))


def _totals() -> dict[str, Sum]:
    return {f"sum_{name}": Sum(name) for name in NUMBERS}


def _sums(row: Mapping[str, Any]) -> Counts:
    return Counts(**{name: row[f"sum_{name}"] or 0 for name in NUMBERS})


def _asked(counts: Counts, filters: Mapping[str, str]) -> Counts:
    """The numbers of the status that is asked for, if one is."""
    status = filters.get("status")
    if not status:
        return counts
    return Counts(
        **{name: getattr(counts, name) for name, each in STATUS_OF.items() if each == status}
    )
