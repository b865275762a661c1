"""Which account has which prefix, or which upstream, and with what result."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Count, QuerySet

from wizard.models import Account, LastKnownRule, RegionReading
from wizard.services import access
from wizard.services.fleet.groups import COLUMN_OF, Counts

# What the columns are.
ACROSS: Final = ("prefix", "registry")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixAccount:
    """An account of the matrix; `regions` are those that were read."""

    account_id: str
    account: Account | None
    regions: int


def matrix_accounts(
    *, user: User, account_id: str = "", owner: str | None = None, region: str = "", text: str = ""
) -> list[MatrixAccount]:
    """Return the accounts that the person may look into and of which a Region was read or tried.

    An empty `owner` means accounts without one, None any.
    """
    readings = RegionReading.objects.filter(access.visible_places(user=user))
    if account_id:
        readings = readings.filter(account_id=account_id)
    if region:
        readings = readings.filter(region=region)
    grouped = readings.order_by("account_id").values("account_id")
    read = dict(grouped.values_list("account_id").annotate(regions=Count("read_at")))
    seen = Account.objects.filter(access.visible_accounts(user=user))
    known = {each.account_id: each for each in seen.only("account_id", "alias", "owner")}
    found = [
        MatrixAccount(account_id=each, account=known.get(each), regions=regions)
        for each, regions in read.items()
    ]
    return [each for each in found if _is_meant(each, owner, text.lower().split())]


def _is_meant(each: MatrixAccount, owner: str | None, words: Collection[str]) -> bool:
    own = each.account.owner if each.account else ""
    alias = each.account.alias if each.account else ""
    if owner is not None and owner != own:
        return False
    texts = f"{each.account_id} {alias} {own}".lower()
    return all(word in texts or word.replace("-", "") in each.account_id for word in words)


def matrix_columns(rows: "QuerySet[LastKnownRule]", across: str) -> list[str]:
    """Return the prefixes or upstreams that any of the rules has, in order."""
    column = COLUMN_OF[across]
    return list(rows.order_by(column).values_list(column, flat=True).distinct())


def matrix_cells(
    rows: "QuerySet[LastKnownRule]",
    across: str,
    *,
    account_ids: Collection[str],
    names: Collection[str],
) -> Mapping[tuple[str, str], tuple[Counts, int]]:
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
