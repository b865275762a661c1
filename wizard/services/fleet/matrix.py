"""Which account has which prefix, or which upstream, and with what result."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet

from wizard.models import LastKnownRule, RegionReading
from wizard.services import access
from wizard.services.fleet import rules, values
from wizard.services.fleet.groups import COLUMN_OF, Counts

# What the columns are.
ACROSS: Final = ("prefix", "registry")

# The numbers of rules in a cell, and in how many Regions they are.
Found = tuple[Counts, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixAccount:
    """An account of the matrix; `regions` are those that were read."""

    account_id: str
    regions: int


def matrix_accounts(
    *,
    user: User,
    account_id: str = "",
    owner: str = "",
    region: str = "",
    text: str = "",
    left_out: str = "",
) -> list[MatrixAccount]:
    """Return the accounts that the person may look into and of which a Region is to be read.

    `owner` may be NO_OWNER, and `left_out` is the choice of `counted`.
    """
    readings = RegionReading.objects.filter(access.visible_places(user=user))
    if account_id:
        readings = readings.filter(account_id=account_id)
    if region:
        readings = readings.filter(region=region)
    if owner:
        readings = rules.of_owner(readings, owner)
    for word in text.lower().split():
        readings = readings.filter(rules.account_has_word(word))
    readings = rules.counted(readings, left_out).order_by("account_id")
    grouped = readings.values_list("account_id").annotate(regions=Count("read_at"))
    return [MatrixAccount(account_id=each, regions=regions) for each, regions in grouped]


def matrix_columns(
    rows: "QuerySet[LastKnownRule]", across: str, *, user: User, is_filtered: bool, left_out: str
) -> list[str]:
    """Return the prefixes or upstreams that any of the rules has, in order.

    `rows` are the rules that `left_out` and, with `is_filtered`, other filters leave.
    """
    column = COLUMN_OF[across]
    if not is_filtered and left_out != rules.ONLY and access.visible_places(user=user) == Q():
        known = values.values_of(column, only_counted=left_out != rules.INCLUDE)
        if known is not None:
            return known
    return list(rows.order_by(column).values_list(column, flat=True).distinct())


def matrix_cells(
    rows: "QuerySet[LastKnownRule]",
    across: str,
    *,
    account_ids: Collection[str],
    names: Collection[str],
) -> Mapping[tuple[str, str], Found]:
    """Return the numbers of rules by account and column, and in how many Regions they are."""
    column = COLUMN_OF[across]
    within = rows.filter(account_id__in=account_ids, **{f"{column}__in": names}).order_by()
    found: dict[tuple[str, str], Counts] = {}
    regions: dict[tuple[str, str], set[str]] = {}
    for account_id, name, region, status in within.values_list(
        "account_id", column, "region", "status"
    ):
        key = (account_id, name)
        found[key] = found.get(key, Counts()) + Counts(**{status.replace("-", "_"): 1})
        regions.setdefault(key, set()).add(region)
    return {key: (counts, len(regions[key])) for key, counts in found.items()}
