"""Verifying the audit trail: walks the chain from its first row and reports every problem.

It finds rows that were changed, removed or moved; an end that was cut off, compared with a known
head; rows behind the head; missing keys and triggers. Whoever has the database and the key can
forge every row after the last head that was noted elsewhere.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection

from wizard.domain.chain import SEALED, UnknownForm, UnknownKey
from wizard.models import AuditEvent, AuditHead, AuditPhase, audit_triggers
from wizard.services.audit.writing import keyring

_CHUNK: Final = 2000
# How far from its place a moved row is searched for.
_NEAR: Final = 16
# The number of problems that are kept; further ones are counted only.
_MOST_KEPT: Final = 100
_COLUMNS: Final = tuple(dict.fromkeys((*(n for names in SEALED.values() for n in names), "form")))

# A head in the console's log, with any prefix such as journald's. Text that a person typed is
# always after the name of the logger, so that it cannot imitate one.
_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ ([\w.]+): (.*)$")
_LOGGED_HEAD = re.compile(r"audit head (\d+) ([0-9a-f]{64})")

Row = Mapping[str, Any]
Progress = Callable[[int], None]


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
    open_intents: dict[UUID, OpenIntent] = field(default_factory=dict)

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
        if self.problem_count <= _MOST_KEPT:
            self.problems.append(problem)


def verify(*, noted: Head | None = None, progress: Progress = lambda _rows: None) -> Verdict:
    """Walk the whole trail in constant memory; `noted` is a head that was kept elsewhere.

    `progress` is called with the number of rows walked. Rows that are appended concurrently are
    walked as well.
    """
    verdict = Verdict()
    for name in sorted(_missing_triggers()):
        verdict.add(Problem(kind=Kind.TRIGGERS_GONE, detail=name))
    noted_seal = None
    for row, previous in _rows(verdict):
        _check_row(verdict, row, previous)
        _follow_intents(verdict, row)
        verdict.rows += 1
        verdict.head = Head(sequence=row["sequence"], seal=row["seal"])
        if noted is not None and row["sequence"] == noted.sequence:
            noted_seal = row["seal"]
        if verdict.rows % _CHUNK == 0:
            progress(verdict.rows)
    if noted is not None:
        _check_noted(verdict, noted, noted_seal)
    return verdict


def _missing_triggers() -> set[str]:
    """Return the database triggers that are missing or disabled."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        found = {name for (name,) in cursor.fetchall()}
    return set(audit_triggers.NAMES[connection.vendor] - found)


def current_head() -> Head:
    """Return the head in the database; sequence 0 and no seal for an empty trail."""
    head = AuditHead.objects.filter(pk=1).first()
    return Head(sequence=head.sequence, seal=head.seal) if head else Head(sequence=0, seal="")


def last_logged_head(lines: Iterable[str]) -> Head | None:
    """Return the head with the highest sequence in a log; of equal ones the last."""
    found: Head | None = None
    for head in _logged_heads(lines):
        if found is None or head.sequence >= found.sequence:
            found = head
    return found


def _logged_heads(lines: Iterable[str]) -> Iterator[Head]:
    for line in lines:
        record = _LOG_LINE.search(line.rstrip())
        if record is None or record[1] != "wizard.audit":
            continue
        head = _LOGGED_HEAD.fullmatch(record[2])
        if head is not None:
            yield Head(sequence=int(head[1]), seal=head[2])


# --- The walk -----------------------------------------------------------------------------------


def _rows(verdict: Verdict) -> Iterator[tuple[Row, str | None]]:
    """Yield every row with the seal of the previous row; None where that one is missing."""
    last, seal = 0, ""
    while True:
        chunk = _chunk(last)
        if not chunk:
            # The head is read after the rows: one that is further on means rows that came since,
            # or rows that went.
            head = AuditHead.objects.filter(pk=1).first()
            chunk = _chunk(last)
            if not chunk:
                _check_head(verdict, head, last, seal)
                return
        for row in chunk:
            is_next = row["sequence"] == last + 1
            if not is_next:
                gap = Problem(kind=Kind.MISSING, first=last + 1, last=row["sequence"] - 1)
                verdict.add(gap)
            yield row, seal if is_next else None
            last, seal = row["sequence"], row["seal"]


def _chunk(after: int) -> list[Row]:
    found = AuditEvent.objects.filter(sequence__gt=after).order_by("sequence")
    return list(found.values(*_COLUMNS, "seal")[:_CHUNK])


def _check_row(verdict: Verdict, row: Row, previous: str | None) -> None:
    number = row["sequence"]
    try:
        if previous is None or _seal(row, previous) == row["seal"]:  # guard: D2
            return
    except UnknownKey as error:
        verdict.add(Problem(kind=Kind.UNKNOWN_KEY, first=number, last=number, detail=str(error)))
        return
    except UnknownForm as error:
        verdict.add(Problem(kind=Kind.UNKNOWN_FORM, first=number, last=number, detail=str(error)))
        return
    sealed_as = _place_of(row) if verdict.problem_count < _MOST_KEPT else None
    verdict.add(
        Problem(
            kind=Kind.MOVED if sealed_as else Kind.CHANGED,
            first=number,
            last=number,
            detail=str(sealed_as or ""),
        )
    )


def _seal(row: Row, previous: str) -> str:
    return keyring().seal(row, form=row["form"], previous=previous)


def _place_of(row: Row) -> int | None:
    """Return the sequence under which a row was sealed, if it was only moved; else None."""
    here = row["sequence"]
    around = AuditEvent.objects.filter(sequence__range=(here - _NEAR, here + _NEAR))
    seals = ["", *around.values_list("seal", flat=True)]
    for number in range(max(here - _NEAR, 1), here + _NEAR + 1):
        there = {**row, "sequence": number}
        if number != here and any(_seal(there, seal) == row["seal"] for seal in seals):
            return number
    return None


def _follow_intents(verdict: Verdict, row: Row) -> None:
    if row["phase"] == AuditPhase.INTENT:
        verdict.open_intents[row["event_id"]] = OpenIntent(
            sequence=row["sequence"],
            event_id=row["event_id"],
            action=row["action"],
            subject=row["subject"],
        )
    elif row["phase"] == AuditPhase.RESULT:
        verdict.open_intents.pop(row["event_id"], None)


# --- The ends -----------------------------------------------------------------------------------


def _check_head(verdict: Verdict, head: AuditHead | None, last: int, seal: str) -> None:
    """Compare the head in the database with the last row."""
    if head is None:
        if last:
            verdict.add(Problem(kind=Kind.HEAD_MISSING, first=last, last=last))
        return
    if head.sequence > last:
        verdict.add(Problem(kind=Kind.CUT_OFF, first=last + 1, last=head.sequence))
    elif head.sequence < last:
        verdict.add(Problem(kind=Kind.BEHIND_HEAD, first=head.sequence + 1, last=last))
    elif head.seal != seal:
        verdict.add(Problem(kind=Kind.HEAD_DIFFERS, first=last, last=last))


def _check_noted(verdict: Verdict, noted: Head, seal: str | None) -> None:
    """Compare a head that was noted elsewhere with its row."""
    if noted.sequence > verdict.head.sequence:  # guard: D2
        cut = Problem(
            kind=Kind.CUT_OFF, first=verdict.head.sequence + 1, last=noted.sequence, detail="noted"
        )
        verdict.add(cut)
    elif seal != noted.seal:  # guard: D2
        verdict.add(Problem(kind=Kind.NOTED_DIFFERS, first=noted.sequence, last=noted.sequence))
