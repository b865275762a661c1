"""Counting the rules of all accounts, once in a while, for the trend over time.

Also mends what two concurrent writers may have missed: a rule that was listed for the first time
while its validation was stored. What was stored of an account while it was removed is forgotten.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from wizard.models import CountedDay, FleetCount, LastKnownRule, RuleStatus, ValidationResult
from wizard.services.removed_accounts import forget_removed
from wizard.services.rule_statuses import STATUS_FIELDS, give_statuses

# The counts of a day are renewed this often.
_COUNT_AGAIN: Final = timedelta(hours=1)
# Counts are kept for two years.
KEEP: Final = timedelta(days=731)

_NUMBERS: Final = ("valid", "failed", "not_validated")

Counts = tuple[int, ...]
Place = tuple[str, str, str]


def is_count_due() -> bool:
    """Whether there is anything to count, and it was not counted lately."""
    lately = timezone.now() - _COUNT_AGAIN
    if CountedDay.objects.filter(day=timezone.localdate(), counted_at__gt=lately).exists():
        return False
    return LastKnownRule.objects.exists() or FleetCount.objects.exists()


def count_today() -> bool:
    """Store how many rules there are, unless that was done lately; return whether it was.

    The row of the day is claimed first, by compare-and-set, because counting 400,000 rules takes
    half a minute. What a worker that dies has not counted is counted an hour later.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    if not is_count_due():
        return False
    CountedDay.objects.bulk_create(
        [CountedDay(day=today, counted_at=now - 2 * _COUNT_AGAIN)], ignore_conflicts=True
    )
    mine = CountedDay.objects.filter(day=today, counted_at__lte=now - _COUNT_AGAIN)
    if not mine.update(counted_at=now):
        return False
    forget_removed()
    with transaction.atomic():
        _give_missed_statuses()
        _store(today, dict(_counted()))
        oldest = today - KEEP
        FleetCount.objects.filter(until__lt=oldest).delete()
        CountedDay.objects.filter(day__lt=oldest).delete()
    return True


def _counted() -> Iterator[tuple[Place, Counts]]:
    rows = LastKnownRule.objects.filter(gone_since__isnull=True).order_by()
    by_place = rows.values("account_id", "region", "registry_key").annotate(
        valid=Count("pk", filter=Q(status=RuleStatus.VALID)),
        failed=Count("pk", filter=Q(status=RuleStatus.FAILED)),
        not_validated=Count("pk", filter=Q(status=RuleStatus.NOT_VALIDATED)),
    )
    for row in by_place:
        place = (row["account_id"], row["region"], row["registry_key"])
        yield place, tuple(row[name] for name in _NUMBERS)


def _store(today: date, counted: dict[Place, Counts]) -> None:
    """Write what differs from the counts that hold."""
    ended, changed = [], []
    known = FleetCount.objects.filter(until__isnull=True)
    for row in known:
        counts = counted.get((row.account_id, row.region, row.registry_key))
        if counts == tuple(getattr(row, name) for name in _NUMBERS):
            del counted[row.account_id, row.region, row.registry_key]
        elif row.since == today and counts is not None:
            for name, number in zip(_NUMBERS, counts, strict=True):
                setattr(row, name, number)
            changed.append(row)
            del counted[row.account_id, row.region, row.registry_key]
        else:
            ended.append(row.pk)
    begun = [
        FleetCount(
            account_id=account_id,
            region=region,
            registry_key=registry_key,
            since=today,
            **dict(zip(_NUMBERS, counts, strict=True)),
        )
        for (account_id, region, registry_key), counts in sorted(counted.items())
    ]
    # What began today and ended today was never on any day.
    FleetCount.objects.filter(pk__in=ended, since=today).delete()
    FleetCount.objects.filter(pk__in=ended).update(until=today)
    FleetCount.objects.bulk_update(changed, _NUMBERS, batch_size=500)
    FleetCount.objects.bulk_create(begun, batch_size=2000)


def _give_missed_statuses() -> None:
    results = ValidationResult.objects.filter(
        account_id=OuterRef("account_id"),
        region=OuterRef("region"),
        ecr_repository_prefix=OuterRef("ecr_repository_prefix"),
        rule_created_at=OuterRef("created_at"),
    )
    missed = list(
        LastKnownRule.objects.filter(
            Exists(results), status=RuleStatus.NOT_VALIDATED, gone_since__isnull=True
        ).select_for_update()
    )
    give_statuses(missed)
    LastKnownRule.objects.bulk_update(missed, STATUS_FIELDS, batch_size=500)
