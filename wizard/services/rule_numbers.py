"""The numbers of rules of each Region of each account, which are written together with the rules.

Pages over all accounts add up these numbers: counting 400,000 rules takes longer than a page may.
They are counted anew whenever rules of the Region changed, in the same transaction, while the row
of the Region is locked. Therefore they do not depend on the order of events. `mend_numbers` finds
and corrects what is wrong nevertheless.

Whoever locks rows of rules locks the rows of their Regions first (`lock_regions`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from wizard.domain import Target
from wizard.models import FleetCount, LastKnownRule, RegionReading, RuleStatus

# The columns with numbers, of a Region and of a registry in it, and the status that each is of.
STATUS_OF: Final[Mapping[str, RuleStatus]] = {
    "valid": RuleStatus.VALID,
    "failed": RuleStatus.FAILED,
    "not_validated": RuleStatus.NOT_VALIDATED,
}
NUMBERS: Final = tuple(STATUS_OF)
_NONE: Final = (0, 0, 0)
# As many accounts are counted in one transaction, so that sweeps do not wait long for their rows.
_ACCOUNTS_AT_ONCE: Final = 50

Numbers = tuple[int, ...]


def in_places(read: Iterable[Target]) -> Q:
    """Return the condition that a row is of one of these Regions. There is at least one."""
    regions: dict[str, list[str]] = {}
    for target in read:
        regions.setdefault(target.account_id, []).append(target.region)
    return reduce(
        or_, (Q(account_id=account, region__in=codes) for account, codes in regions.items())
    )


def lock_regions(targets: Collection[Target]) -> dict[Target, RegionReading]:
    """Lock the rows of these Regions until the transaction ends; those that lack are made.

    Whoever makes one calls `note_regions` of `counted_regions` afterwards.
    """
    rows = lock_known_regions(targets)
    missing = sorted(set(targets) - rows.keys())
    if missing:
        RegionReading.objects.bulk_create(
            [RegionReading(account_id=to.account_id, region=to.region) for to in missing],
            ignore_conflicts=True,
        )
        rows = lock_known_regions(targets)
    return rows


def lock_known_regions(targets: Collection[Target]) -> dict[Target, RegionReading]:
    """Lock those of the Regions' rows that there are."""
    if not targets:
        return {}
    rows = RegionReading.objects.filter(in_places(targets)).order_by("account_id", "region")
    return {row.target: row for row in rows.select_for_update(no_key=True)}


def count_again(regions: Mapping[Target, RegionReading]) -> int:
    """Count the rules of Regions whose rows are locked; return how many numbers were others."""
    if not regions:
        return 0
    found = _counted(regions)
    changed = []
    for target, row in regions.items():
        numbers = _sum(found.get(target, {}).values())
        if numbers != _numbers_of(row):
            _set(row, numbers)
            changed.append(row)
    RegionReading.objects.bulk_update(changed, NUMBERS, batch_size=500)
    return len(changed) + _store(found, FleetCount.objects.filter(in_places(regions)))


def _counted(regions: Iterable[Target]) -> dict[Target, dict[str, Numbers]]:
    """The numbers of the rules by Region and registry."""
    rows = LastKnownRule.objects.filter(
        in_places(regions), gone_since__isnull=True, status__in=STATUS_OF.values()
    )
    grouped = rows.order_by().values_list("account_id", "region", "registry_key", "status")
    found: dict[Target, dict[str, dict[str, int]]] = {}
    for account_id, region, registry_key, status, number in grouped.annotate(number=Count("*")):
        target = Target(account_id=account_id, region=region)
        found.setdefault(target, {}).setdefault(registry_key, {})[status] = number
    return {
        target: {
            key: tuple(numbers.get(status, 0) for status in STATUS_OF.values())
            for key, numbers in registries.items()
        }
        for target, registries in found.items()
    }


def _store(found: Mapping[Target, Mapping[str, Numbers]], kept: Any) -> int:
    """Write what differs from the counts that hold; return how many were others.

    A count that holds since an earlier day ends today, and another begins.
    """
    today = timezone.localdate()
    left = {
        (target, key): numbers
        for target, registries in found.items()
        for key, numbers in registries.items()
    }
    ended, changed = [], []
    for row in kept.filter(until__isnull=True):
        place = (Target(account_id=row.account_id, region=row.region), row.registry_key)
        numbers = left.get(place)
        if numbers == _numbers_of(row):
            del left[place]
        elif numbers is not None and row.since == today:
            _set(row, numbers)
            changed.append(row)
            del left[place]
        else:
            ended.append(row.pk)
    # What began today and ended today was never on any day.
    FleetCount.objects.filter(pk__in=ended, since=today).delete()
    FleetCount.objects.filter(pk__in=ended).update(until=today)
    FleetCount.objects.bulk_update(changed, NUMBERS, batch_size=500)
    begun = [_set(_count_of(place, today), left[place]) for place in sorted(left)]
    FleetCount.objects.bulk_create(begun, batch_size=2000)
    return len(ended) + len(changed) + len(begun)


def _count_of(place: tuple[Target, str], today: Any) -> FleetCount:
    target, key = place
    return FleetCount(
        account_id=target.account_id, region=target.region, registry_key=key, since=today
    )


def mend_numbers() -> int:
    """Count all rules, a few accounts at once; return how many numbers were wrong.

    A Region with rules and without a row gets one.
    """
    mended = 0
    for regions in _all_regions():
        with transaction.atomic():
            mended += count_again(lock_regions(regions))
    return mended


def _all_regions() -> Iterator[list[Target]]:
    """Yield the Regions that have rules, numbers or a row, of some accounts at once."""
    after = ""
    while account_ids := _account_ids_after(after):
        after = account_ids[-1]
        pairs: set[tuple[str, str]] = set()
        for model in (RegionReading, LastKnownRule, FleetCount):
            rows = model.objects.filter(account_id__in=account_ids)
            pairs.update(rows.order_by().values_list("account_id", "region").distinct())
        yield [Target(account_id=account, region=region) for account, region in sorted(pairs)]


def _account_ids_after(account_id: str) -> list[str]:
    ids: set[str] = set()
    for model in (RegionReading, LastKnownRule, FleetCount):
        later = model.objects.filter(account_id__gt=account_id)
        found = later.order_by("account_id").values_list("account_id", flat=True).distinct()
        ids.update(found[:_ACCOUNTS_AT_ONCE])
    return sorted(ids)[:_ACCOUNTS_AT_ONCE]


def _numbers_of(row: Any) -> Numbers:
    return tuple(getattr(row, name) for name in NUMBERS)


def _set(row: Any, numbers: Numbers) -> Any:
    for name, number in zip(NUMBERS, numbers, strict=True):
        setattr(row, name, number)
    return row


def _sum(all_numbers: Iterable[Numbers]) -> Numbers:
    return tuple(map(sum, zip(_NONE, *all_numbers, strict=True)))
