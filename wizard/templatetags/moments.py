"""Timestamps on pages: absolute, in the time zone of the console, with the UTC offset."""

from datetime import date, datetime
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def moment(at: datetime, brief: bool = False) -> SafeString:
    """{% moment at %} is November 24, 2026, 10:02 (UTC+00:00).

    With `brief=True` only the day is shown. The time is in the tooltip, and in the card layout of
    tables.
    """
    local = timezone.localtime(at)
    iso = local.isoformat()
    full, short = _day(local.date(), get_language())
    clock = f"{local:%H:%M} (UTC{iso[-6:]})"
    if not brief:
        return format_html('<time datetime="{}">{}, {}</time>', iso, full, clock)
    return format_html(
        '<time datetime="{}" title="{}, {}">{}<span class="card-only">, {}</span></time>',
        *(iso, full, clock, short, clock),
    )


@register.simple_tag
def moment_in_seconds(at: datetime) -> SafeString:
    """{% moment_in_seconds at %} is Nov 24, 2026, 10:02:33, with the UTC offset in the tooltip."""
    local = timezone.localtime(at)
    iso = local.isoformat()
    full, short = _day(local.date(), get_language())
    clock = f"{local:%H:%M:%S}"
    return format_html(
        '<time datetime="{}" title="{}, {} (UTC{})">{}, {}</time>',
        *(iso, full, clock, iso[-6:], short, clock),
    )


@lru_cache(maxsize=2048)
def _day(day: date, _language: str | None) -> tuple[str, str]:
    """Return the day in full and abbreviated, in the active language."""
    return date_format(day, "F j, Y"), date_format(day, "M j, Y")
