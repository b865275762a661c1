"""The numbers of rules over time: a picture, and the table behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from django.http.response import HttpResponseBase
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.exports import ListedDay
from wizard.services.fleet import trend
from wizard.services.fleet.groups import Counts
from wizard.services.fleet.trend import TrendDay
from wizard.views.fleet import filters, page
from wizard.views.fleet.filters import PERIODS, Asked, TrendFilters
from wizard.views.fleet.page import asked_format, downloads, fleet_file
from wizard.views.table_filters import Filter
from wizard.web import ConsoleRequest
from wizard.words import day_of_year

DEFAULT_DAYS: Final = 90
# Sizes in SVG units, which are pixels where there is room.
_LEFT, _TOP, _BOTTOM, _RIGHT = 64, 12, 26, 12
_WIDTH, _HEIGHT = 900, 200
# With more days than this, points would hide the line.
_MOST_POINTS: Final = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The numbers of one status: a path with a gap where days were not counted, and points."""

    status: str
    path: str
    points: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The curves with their scale: `ticks` are heights with labels, `days` places with labels."""

    width: int
    height: int
    left: int
    right: int
    bottom: int
    ticks: Sequence[tuple[int, str]]
    first_day: str
    last_day: str
    curves: Sequence[Curve]


@require_safe
def fleet_trend(request: ConsoleRequest) -> HttpResponseBase:
    """Show the numbers of each day; with `format`, as a file."""
    counts = trend.fleet_counts(user=request.user)
    asked = Asked(request.GET, counts, filters=TrendFilters)
    found = days_of(asked)
    format_name = asked_format(request)
    if format_name and asked.is_valid:
        lines = map(line_of, found)
        return fleet_file(lines, ListedDay, format_name=format_name, content="fleet-trend")
    context = {
        "days": found[::-1],
        "latest": next((each for each in reversed(found) if each.counts), None),
        "picture": _picture_of(found),
        "filters": _filters(request, asked),
        "kept": page.kept_filters(asked, ("account",)),
        "applied": page.applied_filters(request, asked, ("account",)),
        "is_filtered": bool(asked.applied) or not asked.is_valid,
        "downloads": downloads(),
    }
    return page.fleet_page(request, "fleet/trend.html", context, asked=asked)


def days_of(asked: Asked) -> list[TrendDay]:
    """Return the days that are asked for; none if a filter is wrong."""
    if not asked.is_valid:
        return []
    return trend.trend_of(asked.rows, days=asked.value("days", DEFAULT_DAYS))


def _picture_of(days: Sequence[TrendDay]) -> Picture | None:
    """Return the picture of these days, which are oldest first; None without a count."""
    numbers = [each.counts for each in days if each.counts is not None]
    if not numbers:
        return None
    largest = max(max(each.valid, each.failed, each.not_validated) for each in numbers)
    top = _scale(largest)
    return Picture(
        width=_LEFT + _WIDTH + _RIGHT,
        height=_TOP + _HEIGHT + _BOTTOM,
        left=_LEFT,
        right=_LEFT + _WIDTH,
        bottom=_TOP + _HEIGHT,
        ticks=[
            (_y(top * part // 2, top), number_format(top * part // 2, force_grouping=True))
            for part in (0, 1, 2)
        ],
        first_day=day_of_year(days[0].day),
        last_day=day_of_year(days[-1].day) if len(days) > 1 else "",
        curves=[_curve(status, days, top) for status in ("valid", "not_validated", "failed")],
    )


def _curve(status: str, days: Sequence[TrendDay], top: int) -> Curve:
    places_of_days = [
        (_x(number, len(days)), _height(each.counts, status, top))
        for number, each in enumerate(days)
    ]
    points = [(x, y) for x, y in places_of_days if y is not None]
    return Curve(
        status=status.replace("_", "-"),
        path="".join(_steps(places_of_days)),
        points=points if len(days) <= _MOST_POINTS else (),
    )


def _steps(points: Sequence[tuple[int, int | None]]) -> Iterator[str]:
    is_drawing = False
    for x, y in points:
        if y is not None:
            yield f"{'L' if is_drawing else 'M'}{x} {y}"
        is_drawing = y is not None


def _height(counts: Counts | None, status: str, top: int) -> int | None:
    return None if counts is None else _y(getattr(counts, status), top)


def _x(number: int, days: int) -> int:
    return _LEFT + _WIDTH * number // max(days - 1, 1)


def _y(number: int, top: int) -> int:
    return _TOP + _HEIGHT - _HEIGHT * number // top


def _scale(largest: int) -> int:
    """Return the top of the scale: the next even digit or ten with zeros; its half is whole."""
    steps = (digit * int(f"1{'0' * zeros}") for zeros in count(0) for digit in (2, 4, 6, 8, 10))
    return next(step for step in steps if step >= largest)


def line_of(day: TrendDay) -> ListedDay:
    counts = day.counts
    if counts is None:
        return ListedDay(day=day.day.isoformat())
    return ListedDay(
        day=day.day.isoformat(),
        rules=str(counts.total),
        valid=str(counts.valid),
        failed=str(counts.failed),
        not_validated=str(counts.not_validated),
    )


def _filters(request: ConsoleRequest, asked: Asked) -> list[Filter]:
    """Return the lists above the picture."""
    periods = [(str(days), str(text)) for days, text in PERIODS.items()]
    chosen: Any = asked.value("days", DEFAULT_DAYS)
    listed = (
        (
            "region",
            _("Region"),
            _("Any Region"),
            filters.region_choices(),
        ),
        ("registry", _("Upstream registry"), _("Any registry"), filters.registry_choices()),
    )
    return [
        *page.owner_filter(request, request.GET.get("owner", "")),
        *(
            page.choice_filter(name, label, anything, choices, asked.value(name))
            for name, label, anything, choices in listed
        ),
        page.list_filter("days", _("Period"), periods, str(chosen)),
    ]
