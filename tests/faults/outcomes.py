"""Which promises are kept, according to the results of their tests."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from tests.faults.marks import files_by_promise
from tests.faults.promises import DUE, LATER, PROMISES


@dataclass
class Outcomes:
    """A plugin of pytest's that collects what became of each promise's tests."""

    passed: set[str] = field(default_factory=set)
    not_passed: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A failure breaks the promise. A test that is skipped, for another database, is told."""
        numbers = {str(value) for name, value in report.user_properties if name == "promise"}
        if report.skipped:
            self.skipped |= numbers
        elif not report.passed:
            self.not_passed |= numbers
        elif report.when == "call":
            self.passed |= numbers

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read takes all promises with it that its tests carry."""
        if report.failed:
            by_file = files_by_promise().items()
            self.not_passed |= {
                number for number, files in by_file if report.nodeid in map(str, files)
            }

    @property
    def kept(self) -> set[str]:
        return self.passed - self.not_passed

    def summary(self) -> str:
        """One line with the figure, and then every promise that is not kept."""
        lines = [f"promises kept: {len(self.kept & set(DUE))} of {len(DUE)} listed{_later()}"]
        broken, unproven = self.not_passed & set(DUE), set(DUE) - self.passed - self.not_passed
        lines += _lines("broken", broken) + _lines("unproven, no test ran", unproven)
        lines += _lines("with a test that was skipped", self.skipped & set(DUE))
        return "\n".join(lines)


def _later() -> str:
    return f" (later: {' '.join(LATER)})" if LATER else ""


def _lines(word: str, numbers: Iterable[str]) -> list[str]:
    ordered = [number for number in PROMISES if number in set(numbers)]
    return [f"{word}: {' '.join(ordered)}"] if ordered else []
