"""Timestamps on pages: absolute, in the time zone of the person, which is named.

The attribute `datetime` is always in UTC.
"""

from datetime import date, datetime
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from wizard import words
from wizard.words import in_utc, time_since, zone_of

register = template.Library()


@register.simple_tag
def moment(at: datetime, brief: bool = False) -> SafeString:
    """{% moment at %} is November 24, 2026, 10:02 (UTC+00:00).

    With `brief=True` only the day is shown. The time is in the tooltip, and in the card layout of
    tables.
    """
    local = timezone.localtime(at)
    full, short = _day(local.date(), get_language())
    clock = f"{local:%H:%M} ({zone_of(local)})"
    if not brief:
        return format_html('<time datetime="{}">{}, {}</time>', in_utc(at), full, clock)
    return format_html(
        '<time datetime="{}" title="{}, {}">{}<span class="card-only">, {}</span></time>',
        *(in_utc(at), full, clock, short, clock),
    )


@register.simple_tag
def day_in_full(day: date) -> str:
    """{% day_in_full day %} is November 24, 2026."""
    return words.day_in_full(day)


@register.simple_tag
def since(at: datetime) -> str:
    """{% since at %} is 36 minutes ago."""
    return time_since(at, timezone.now())


@register.simple_tag
def moment_in_seconds(at: datetime) -> SafeString:
    """{% moment_in_seconds at %} is Nov 24, 2026, 10:02:33 (UTC+00:00)."""
    local = timezone.localtime(at)
    full, short = _day(local.date(), get_language())
    zone = f"({zone_of(local)})"
    clock = f"{local:%H:%M:%S}"
    return format_html(
        '<time datetime="{}" title="{}, {} {}">{}, {} <span class="small">{}</span></time>',
        *(in_utc(at), full, clock, zone, short, clock, zone),
    )


@lru_cache(maxsize=2048)
def _day(day: date, _language: str | None) -> tuple[str, str]:
    """Return the day in full and abbreviated, in the active language."""
    return words.day_in_full(day), words.day_in_brief(day)
