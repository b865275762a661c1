"""When which Region of which account was read, and why it could not be."""

from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from wizard.models import RegionReading
from wizard.services import access

ORDERS: Final[dict[str, tuple[str, ...]]] = {
    "account": ("account_id", "region"),
    "region": ("region", "account_id"),
    "read": ("read_at", "account_id", "region"),
}


def fleet_readings(*, user: User) -> "QuerySet[RegionReading]":
    """Return the readings of the Regions that the person may look at."""
    seen = RegionReading.objects.filter(access.visible_places(user=user))
    return seen.order_by("account_id", "region")


def in_state(rows: "QuerySet[RegionReading]", state: str) -> "QuerySet[RegionReading]":
    """Return the Regions whose last reading succeeded or failed, or that were never read."""
    if state == "never":
        return rows.filter(read_at__isnull=True)
    return rows.filter(failed_at__isnull=state == "read")


def not_read_for(rows: "QuerySet[RegionReading]", age: timedelta) -> "QuerySet[RegionReading]":
    """Return the Regions that were last read longer ago, or never."""
    return rows.filter(Q(read_at__isnull=True) | Q(read_at__lt=timezone.now() - age))


def in_order(
    rows: "QuerySet[RegionReading]", name: str, *, descending: bool
) -> "QuerySet[RegionReading]":
    """Return the readings in the order of a column; Regions that were never read come first."""
    first, *others = ORDERS[name]
    if descending:
        return rows.order_by(F(first).desc(nulls_last=True), *(f"-{each}" for each in others))
    return rows.order_by(F(first).asc(nulls_first=True), *others)
