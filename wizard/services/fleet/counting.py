"""Checking the numbers of all accounts, once an hour, and noting for the trend that it was done.

The numbers are written together with the rules. This mends what is wrong nevertheless: a rule that
was listed for the first time while its validation was stored, a setting that has changed, rows that
another program wrote. What was stored of an account while it was removed is forgotten.
"""

import logging
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from wizard.domain import Target
from wizard.models import CountedDay, FleetCount, LastKnownRule, RuleStatus, ValidationResult
from wizard.services.counted_regions import note_all_regions
from wizard.services.removed_accounts import forget_removed
from wizard.services.rule_numbers import count_again, lock_known_regions, mend_numbers
from wizard.services.rule_statuses import STATUS_FIELDS, give_statuses

# The numbers are checked this often.
_COUNT_AGAIN: Final = timedelta(hours=1)
# Counts are kept for two years.
KEEP: Final = timedelta(days=731)

logger = logging.getLogger(__name__)


def is_count_due() -> bool:
    """Whether there is anything to count, and it was not counted lately."""
    lately = timezone.now() - _COUNT_AGAIN
    if CountedDay.objects.filter(day=timezone.localdate(), counted_at__gt=lately).exists():
        return False
    return LastKnownRule.objects.exists() or FleetCount.objects.exists()


def count_today() -> bool:
    """Count all rules and mend their numbers, unless that was done lately; return whether it was.

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
    _give_missed_statuses()
    mended, left_out = mend_numbers(), note_all_regions()
    if left_out or mended:
        logger.info("The check changed %d numbers of rules, %d Regions left out", mended, left_out)
    oldest = today - KEEP
    FleetCount.objects.filter(until__lt=oldest).delete()
    CountedDay.objects.filter(day__lt=oldest).delete()
    return True


def _give_missed_statuses() -> None:
    results = ValidationResult.objects.filter(
        account_id=OuterRef("account_id"),
        region=OuterRef("region"),
        ecr_repository_prefix=OuterRef("ecr_repository_prefix"),
        rule_created_at=OuterRef("created_at"),
    )
    missed = LastKnownRule.objects.filter(
        Exists(results), status=RuleStatus.NOT_VALIDATED, gone_since__isnull=True
    )
    places = missed.order_by("account_id", "region").values_list("account_id", "region").distinct()
    for account_id, region in list(places):
        with transaction.atomic():
            regions = lock_known_regions([Target(account_id=account_id, region=region)])
            rows = list(missed.filter(account_id=account_id, region=region).select_for_update())
            give_statuses(rows)
            LastKnownRule.objects.bulk_update(rows, STATUS_FIELDS, batch_size=500)
            count_again(regions)
