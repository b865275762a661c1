"""How many rules there were on each day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.db.models import QuerySet, Sum
from django.utils import timezone

from wizard.models import CountedDay, FleetCount
from wizard.services import access
from wizard.services.fleet.groups import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendDay:
    """The rules of one day; `counts` is None if they were not counted on that day."""

    day: date
    counts: Counts | None


def fleet_counts(*, user: User) -> "QuerySet[FleetCount]":
    """Return the counts of the accounts and Regions that the person may look at."""
    return FleetCount.objects.filter(access.visible_places(user=user)).order_by()


def trend_of(rows: "QuerySet[FleetCount]", *, days: int) -> list[TrendDay]:
    """Return the last days, today last, from the first one that was counted on.

    What holds on a day is the sum of what began by then less what had ended by then, so that the
    number of rows that are read does not grow with the days.
    """
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    counted = set(CountedDay.objects.filter(day__gte=first).values_list("day", flat=True))
    if not counted:
        return []
    begun, ended = _sums(rows, "since"), _sums(rows.exclude(until=None), "until")
    holds = Counts()
    moments = sorted({*begun, *ended})
    found = []
    for day in _days(min(counted), today):
        while moments and moments[0] <= day:
            moment = moments.pop(0)
            holds = _less(holds + begun.get(moment, Counts()), ended.get(moment, Counts()))
        found.append(TrendDay(day=day, counts=holds if day in counted else None))
    return found


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _sums(rows: "QuerySet[FleetCount]", column: str) -> dict[date, Counts]:
    sums = rows.values_list(column).annotate(
        sum_valid=Sum("valid"), sum_failed=Sum("failed"), sum_not=Sum("not_validated")
    )
    return {
        day: Counts(valid=valid, failed=failed, not_validated=not_validated)
        for day, valid, failed, not_validated in sums
    }


def _less(one: Counts, other: Counts) -> Counts:
    return Counts(
        valid=one.valid - other.valid,
        failed=one.failed - other.failed,
        not_validated=one.not_validated - other.not_validated,
    )
