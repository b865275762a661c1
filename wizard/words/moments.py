"""Moments in words: the time zone in which a page shows them, and UTC for machines."""

from datetime import UTC, datetime

from django.utils import timezone


def in_utc(at: datetime) -> str:
    """Return the moment for the attribute `datetime` of a `<time>`."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def zone_of(local: datetime) -> str:
    """Return the zone of a local time: `UTC+00:00`, or `Europe/Berlin, UTC+01:00`."""
    offset = f"UTC{local.isoformat()[-6:]}"
    name = timezone.get_current_timezone_name()
    return offset if name == "UTC" else f"{name}, {offset}"
