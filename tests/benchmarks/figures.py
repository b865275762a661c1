"""A measured figure with its peers, limit and target, and functions for its statistics."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of BENCHMARKS.md; `value`, `peer`, `limit` and `target` have the same unit.

    `rule` says in words where the target comes from; `at_least` is for figures where more is
    better; `runs` are the raw measurements whose median the value is.
    """

    number: int
    name: str
    value: float
    unit: str
    peer: Mapping[str, float] = field(default_factory=dict)
    limit: Mapping[str, float] = field(default_factory=dict)
    target: float | None = None
    rule: str = ""
    at_least: bool = False
    runs: Sequence[float] = ()

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None for a figure without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def record(self) -> dict[str, Any]:
        """The figure as JSON keeps it."""
        return {**asdict(self, dict_factory=_rounded), "met": self.met}


def _rounded(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Round numbers to six significant digits, because people read the file."""
    return {name: _digits(value) for name, value in members}


def _digits(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {name: _digits(each) for name, each in value.items()}
    return [_digits(each) for each in value] if isinstance(value, list) else value


def figure_of(record: Mapping[str, Any]) -> Figure:
    """Read a figure from its JSON."""
    return Figure(**{name: value for name, value in record.items() if name != "met"})


def milliseconds(number: int, name: str, seconds: Sequence[float], **others: Any) -> Figure:
    """The median of measured seconds as a figure in milliseconds, as its peers and limits are."""
    runs = [each * 1000 for each in seconds]
    return Figure(number=number, name=name, value=median(runs), unit="ms", runs=runs, **others)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the least-squares line through the points."""
    count = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def seconds_of(call: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def repeated(call: Callable[[], object], runs: int = RUNS) -> list[float]:
    """The seconds of so many calls, one after the other."""
    return [seconds_of(call) for _ in range(runs)]
