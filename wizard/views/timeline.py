"""The picture of a rule's validations: a bar each, as high as the validation took long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

from django.utils.formats import number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from wizard.models import ValidationResult
from wizard.words import day_in_brief, day_of_year

# Sizes in SVG units, which are pixels where there is room.
_LEFT, _TOP, _BOTTOM = 52, 20, 22
_PLOT_HEIGHT: Final = 96
_LEAST_WIDTH: Final = 240
_SLOT, _BAR = 14, 10
# A validation whose time is not known, or that took none, is still seen.
_LEAST_BAR: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One validation; `title` says it in words."""

    x: int
    y: int
    height: int
    is_valid: bool
    title: str

    @property
    def mark_y(self) -> int:
        """The top of the mark above the bar, which tells valid from failed without color."""
        return self.y - 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line of the scale, with its time."""

    y: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The picture, oldest validation on the left, from the day `since` to the day `until`."""

    width: int
    height: int
    left: int
    bottom: int
    ticks: list[Tick]
    bars: list[Bar]
    valid: int
    failed: int
    since: str
    until: str


def timeline_of(results: Sequence[ValidationResult]) -> Timeline | None:
    """Return the picture of these results, which are newest first; None without any."""
    if not results:
        return None
    oldest_first = list(reversed(results))
    top = _scale(max(result.duration_ms or 0 for result in results))
    bottom = _TOP + _PLOT_HEIGHT
    valid = sum(result.is_valid for result in results)
    since, until = (_day(each.validated_at) for each in (oldest_first[0], oldest_first[-1]))
    width = _LEFT + max(_LEAST_WIDTH, len(results) * _SLOT + _SLOT)
    return Timeline(
        width=width,
        height=bottom + _BOTTOM,
        left=_LEFT,
        bottom=bottom,
        ticks=list(_ticks(top, bottom)),
        bars=[
            _bar(x, each, top, bottom)
            for x, each in zip(_places(len(results), width), oldest_first, strict=True)
        ],
        valid=valid,
        failed=len(results) - valid,
        since=since,
        until="" if until == since else until,
    )


def _scale(longest: int) -> int:
    """Return the top of the scale in milliseconds: the next 1, 2 or 5 with zeros."""
    steps = (digit * int(f"1{'0' * zeros}") for zeros in count(1) for digit in (1, 2, 5))
    return next(step for step in steps if step >= longest)


def _ticks(top: int, bottom: int) -> Iterator[Tick]:
    for part in (0, 1, 2):
        yield Tick(y=bottom - _PLOT_HEIGHT * part // 2, label=_time(top * part / 2, top))


def _places(number: int, width: int) -> Iterator[int]:
    """Yield where each bar begins: the first and the last above the days at the axis's ends."""
    first, last = _LEFT + _SLOT // 2, width - _SLOT // 2 - _BAR
    for place in range(number):
        yield first + (last - first) * place // max(number - 1, 1)


def _bar(x: int, result: ValidationResult, top: int, bottom: int) -> Bar:
    height = max(round(_PLOT_HEIGHT * (result.duration_ms or 0) / top), _LEAST_BAR)
    return Bar(
        x=x,
        y=bottom - height,
        height=height,
        is_valid=result.is_valid,
        title=_title(result),
    )


def _title(result: ValidationResult) -> str:
    at = localtime(result.validated_at)
    parts = [
        f"{day_in_brief(at.date())}, {at:%H:%M}",
        _("Valid") if result.is_valid else _("Failed"),
    ]
    if result.duration_ms is not None:
        parts.append(_("%(number)d ms") % {"number": result.duration_ms})
    return ", ".join(parts)


def _time(milliseconds: float, top: int) -> str:
    """Return a time in the unit of the scale."""
    if top < 1000:
        return _("%(number)s ms") % {"number": number_format(milliseconds, 0)}
    return _("%(number)s s") % {"number": number_format(milliseconds / 1000)}


def _day(at: datetime) -> str:
    return day_of_year(localtime(at).date())
