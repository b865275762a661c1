"""Moments in words: days, the time zone in which a page shows them, and UTC for machines."""

from datetime import UTC, date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import pgettext


def day_in_full(day: date) -> str:
    """Return a day in the active language, such as November 24, 2026."""
    return date_format(day, pgettext("format of a date", "F j, Y"))


def day_in_brief(day: date) -> str:
    """Return the same with an abbreviated month, such as Nov 24, 2026."""
    return date_format(day, pgettext("format of a date", "M j, Y"))


def day_of_year(day: date) -> str:
    """Return the same without the year, such as Nov 24."""
    return date_format(day, pgettext("format of a date", "M j"))


def in_utc(at: datetime) -> str:
    """Return the moment for the attribute `datetime` of a `<time>`."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def zone_of(local: datetime) -> str:
    """Return the zone of a local time: `UTC+00:00`, or `Europe/Berlin, UTC+01:00`."""
    offset = f"UTC{local.isoformat()[-6:]}"
    name = timezone.get_current_timezone_name()
    return offset if name == "UTC" else f"{name}, {offset}"
