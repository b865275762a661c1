"""When the answers of a draft changed, and by which form: for drafts that are open twice.

A form carries the version of the draft that it shows, and a random mark of its own. A draft notes
the version and the mark of the last change of each step. So a form that is sent twice is not taken
for a change in another tab.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from wizard.domain.plans import Step

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChange:
    """The last change of a step's answers. `mark` is empty if no form of a step made it."""

    version: int
    mark: str = ""

    @property
    def at(self) -> datetime:
        return moment_of(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDraft:
    """What a form says about itself: the version of the draft that it shows, and its mark."""

    version: int
    mark: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse the text of a form; None if it is missing or malformed."""
        version, _separator, mark = text.partition(".")
        if not (version.isascii() and version.isdigit() and len(version) < 20):
            return None
        return cls(version=int(version), mark=mark)

    def __str__(self) -> str:
        return f"{self.version}.{self.mark}"


def changed_since(changes: Mapping[Step, DraftChange], shown: ShownDraft | None) -> set[Step]:
    """Return the steps that another form changed after this one was shown."""
    if shown is None:
        return set()
    return {
        step
        for step, change in changes.items()
        if change.version > shown.version and change.mark != shown.mark
    }


def version_after(version: int, now: datetime) -> int:
    """Return the version of a change: the microseconds since 1970, and more than `version`."""
    return max((now - _EPOCH) // timedelta(microseconds=1), version + 1)


def moment_of(version: int) -> datetime:
    return _EPOCH + timedelta(microseconds=version)
