"""What a verification of the audit trail found: the problems, the head, and the open changes."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from wizard.services.audit.notes import Span

# The number of problems that are kept; further ones are counted only.
MOST_KEPT: Final = 100


class Kind(StrEnum):
    """The kinds of problems."""

    CHANGED = "changed"
    MISSING = "missing"
    MOVED = "moved"
    UNKNOWN_KEY = "unknown key"
    UNKNOWN_FORM = "unknown form"
    CUT_OFF = "cut off"
    HEAD_MISSING = "head missing"
    HEAD_DIFFERS = "head differs"
    BEHIND_HEAD = "behind head"
    NOTED_DIFFERS = "noted differs"
    TRIGGERS_GONE = "triggers gone"
    EMPTIED = "emptied"
    OLDER = "older"
    OUTSIDE = "outside"
    SET_ASIDE_CHANGED = "set aside changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem of the rows `first` to `last`; `detail` is the ID of a key, for example."""

    kind: Kind
    first: int = 0
    last: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the chain at some time: a sequence and its seal."""

    sequence: int
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIntent:
    """A change without a recorded result: still running, or cut off."""

    sequence: int
    event_id: UUID
    action: str
    subject: str


@dataclass(slots=True, kw_only=True)
class Verdict:
    """The result of a walk. Open intents are not problems."""

    rows: int = 0
    head: Head = field(default_factory=lambda: Head(sequence=0, seal=""))
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    pruned: int = 0
    set_aside: list[Span] = field(default_factory=list)
    open_intents: list[OpenIntent] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.problems

    def add(self, problem: Problem) -> None:
        """Add a problem; the same problem in consecutive rows is merged."""
        last = self.problems[-1] if self.problems else None
        if (
            last is not None
            and (last.kind, last.detail) == (problem.kind, problem.detail)
            and last.last + 1 == problem.first
        ):
            self.problems[-1] = Problem(
                kind=last.kind, detail=last.detail, first=last.first, last=problem.last
            )
            return
        self.problem_count += 1
        if self.problem_count <= MOST_KEPT:
            self.problems.append(problem)
