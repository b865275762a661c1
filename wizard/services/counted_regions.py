"""Which Regions of which accounts the pages over all accounts count, and which they leave out.

Left out is a Region of an account that is disabled or removed, one that is not in use, and one that
is closed to the account. The reason is kept with the Region's reading, because these pages cannot
work it out for thousands of accounts. Who changes what it depends on calls `note_regions`; all are
checked once an hour (`note_all_regions`), because settings change too. A Region in use that was
never read gets a row as well, so that pages show what is missing.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from django.conf import settings
from django.db import transaction

from wizard.backend import account, regions
from wizard.domain import AccountRegions, Region, used_regions
from wizard.domain.errors import AwsError
from wizard.models import Account, ClosedRegion, ExternalId, LeftOut, RegionReading

_ACCOUNTS_AT_ONCE: Final = 200


def note_regions(account_ids: Collection[str]) -> int:
    """Write why Regions of these accounts are left out; return how many rows were otherwise."""
    if not account_ids:
        return 0
    with transaction.atomic():
        # Locked before anything is read that the reasons depend on, and in the order in which
        # changes of accounts lock.
        accounts = {
            each.account_id: each
            for each in Account.objects.filter(pk__in=account_ids)
            .order_by("pk")
            .select_for_update(no_key=True)
        }
        rows = list(
            RegionReading.objects.filter(account_id__in=account_ids)
            .order_by("account_id", "region")
            .select_for_update(no_key=True)
        )
        reasons = _Reasons(account_ids, accounts)
        in_use = set(reasons.in_use())
        known = {(row.account_id, row.region) for row in rows}
        idle: list[int] = []
        changed: dict[str, list[int]] = {}
        for row in rows:
            reason = reasons.of(row.account_id, row.region)
            if (row.account_id, row.region) not in in_use and _is_idle(row):
                idle.append(row.pk)
            elif row.left_out != reason:
                changed.setdefault(reason, []).append(row.pk)
        RegionReading.objects.filter(pk__in=idle).delete()
        for reason, keys in changed.items():
            RegionReading.objects.filter(pk__in=keys).update(left_out=reason)
        new = [
            RegionReading(account_id=account_id, region=code, left_out=reasons.of(account_id, code))
            for account_id, code in sorted(in_use - known)
        ]
        RegionReading.objects.bulk_create(new, ignore_conflicts=True, batch_size=2000)
    return len(idle) + sum(map(len, changed.values())) + len(new)


def _is_idle(row: RegionReading) -> bool:
    """Whether the row says nothing: the Region was neither read nor tried."""
    return not (row.read_at or row.failed_at or row.valid or row.failed or row.not_validated)


def note_all_regions() -> int:
    """Write the reasons of all accounts, some at once; return how many rows were otherwise."""
    own = _own()
    ids = {
        *RegionReading.objects.order_by().values_list("account_id", flat=True).distinct(),
        *Account.objects.order_by().values_list("pk", flat=True),
        *([own] if own else ()),
    }
    in_order = sorted(ids)
    return sum(
        note_regions(in_order[start : start + _ACCOUNTS_AT_ONCE])
        for start in range(0, len(in_order), _ACCOUNTS_AT_ONCE)
    )


class _Reasons:
    """Why Regions of some accounts are left out, as of now."""

    def __init__(self, account_ids: Collection[str], accounts: Mapping[str, Account]) -> None:
        self._own = _own()
        self._accounts = accounts
        self._ids = sorted(account_ids)
        # An account without a row that had one: its external ID stays.
        external = ExternalId.objects.filter(pk__in=account_ids)
        self._had_row = set(external.values_list("pk", flat=True)) - accounts.keys() - {self._own}
        self._closed: dict[str, set[str]] = {}
        closed = ClosedRegion.objects.filter(account_id__in=account_ids).order_by()
        for account_id, region in closed.values_list("account_id", "region"):
            self._closed.setdefault(account_id, set()).add(region)
        self._every = regions.list_regions()
        self._used: dict[tuple[str, ...], tuple[Region, ...]] = {}
        self._codes: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def of(self, account_id: str, region: str) -> str:
        """Return the reason; empty for a Region that is counted."""
        row = self._accounts.get(account_id)
        if row is not None and not row.is_enabled:
            return LeftOut.DISABLED
        if account_id in self._had_row:
            return LeftOut.REMOVED
        in_use, folded = self._regions(account_id)
        if region not in in_use:
            return LeftOut.UNUSED
        return LeftOut.CLOSED if region in folded else ""

    def in_use(self) -> Iterator[tuple[str, str]]:
        """Yield account and Region where the console reads rules, whether it did or not."""
        for account_id in self._ids:
            row = self._accounts.get(account_id)
            has_role = row is not None and row.is_enabled and bool(row.role_arn)
            if has_role or account_id == self._own:
                for code in sorted(self._regions(account_id)[0]):
                    yield account_id, code

    def _regions(self, account_id: str) -> tuple[frozenset[str], frozenset[str]]:
        """The codes of the account's Regions in use, and of those that are folded."""
        if account_id not in self._codes:
            row = self._accounts.get(account_id)
            own = tuple(row.regions) if row is not None else ()
            if own not in self._used:
                self._used[own] = used_regions(self._every, own, settings.REGIONS_IN_USE)
            closed = frozenset(self._closed.get(account_id, ()))
            found = AccountRegions(in_use=self._used[own], closed=closed)
            self._codes[account_id] = (
                frozenset(each.code for each in found.in_use),
                frozenset(each.code for each in found.folded),
            )
        return self._codes[account_id]


def _own() -> str:
    """The account of the console's own credentials, as far as this process knows it."""
    try:
        return account.known_account()
    except AwsError:  # a profile that cannot be used
        return ""
