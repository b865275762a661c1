"""Verifying the audit trail: walks the chain from its first row and reports every problem.

It finds rows that were changed, removed or moved; an end that was cut off, compared with a known
head; rows behind the head; missing keys and triggers. Whoever has the database and the key can
forge every row after the last head that was noted elsewhere.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection

from wizard.domain.chain import NEWEST_FORM, SEPARATOR, UnknownKey
from wizard.models import AuditEvent, AuditHead, audit_triggers
from wizard.services.audit.appending import keyring
from wizard.services.audit.sealed_rows import COLUMNS, FIRST_TEXT, Row, rows_after

# How far from its place a moved row is searched for.
_NEAR: Final = 16
# The number of problems that are kept; further ones are counted only.
_MOST_KEPT: Final = 100

# A head in the console's log, with any prefix such as journald's. Text that a person typed is
# always after the name of the logger, so that it cannot imitate one.
_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ ([\w.]+): (.*)$")
_LOGGED_HEAD = re.compile(r"audit head (\d+) ([0-9a-f]{64})")

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
    walk = _Walk(verdict=verdict)
    for rows in _chunks(walk):
        walk.check(rows)
        progress(verdict.rows)
    verdict.head = Head(sequence=walk.last, seal=_hex(walk.seal))
    verdict.open_intents = walk.open_intents()
    if noted is not None:
        _check_noted(verdict, noted)
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
    return Head(sequence=head.sequence, seal=_hex(head.seal)) if head else Head(sequence=0, seal="")


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


@dataclass(slots=True, kw_only=True)
class _Walk:
    """A walk along the chain: the sequence and the seal of the last row that was checked."""

    verdict: Verdict
    last: int = 0
    seal: bytes = b""
    # The intents without a result so far, by the ID of their change.
    _open: dict[str, Row] = field(default_factory=dict)

    def check(self, rows: Sequence[Row]) -> None:
        """Check consecutive rows. This loop is most of the time of a verification."""
        seal_of, join, opened = keyring().seal, SEPARATOR.join, self._open
        key_at, phase_at, id_at = COLUMNS.key_id, COLUMNS.phase, COLUMNS.event_id
        last, previous = self.last, self.seal
        for row in rows:
            number, seal = row[0], row[1]
            try:
                is_sealed = seal_of(join(row[FIRST_TEXT:]), row[key_at], previous) == seal
            except (UnknownKey, TypeError):
                is_sealed = False
            if not is_sealed or number != last + 1:  # guard: D2
                self._tell(row, last, previous)
            if row[phase_at] == "intent":
                opened[row[id_at]] = row
            elif row[phase_at] == "result":
                opened.pop(row[id_at], None)
            last, previous = number, seal
        self.last, self.seal = last, previous
        self.verdict.rows += len(rows)

    def open_intents(self) -> list[OpenIntent]:
        return [
            OpenIntent(
                sequence=row[0],
                event_id=UUID(event_id),
                action=row[COLUMNS.action],
                subject=row[COLUMNS.subject],
            )
            for event_id, row in self._open.items()
        ]

    def _tell(self, row: Row, last: int, previous: bytes) -> None:
        """Add what is wrong with a row that is not the next one, or does not have its seal."""
        number = row[0]
        if number != last + 1:
            # Without the row before it, its seal cannot be checked.
            self.verdict.add(Problem(kind=Kind.MISSING, first=last + 1, last=number - 1))
            return
        kind, detail = Kind.CHANGED, ""
        if row[COLUMNS.form] != str(NEWEST_FORM):
            kind, detail = Kind.UNKNOWN_FORM, row[COLUMNS.form]
        elif row[COLUMNS.key_id] not in keyring().keys:
            kind, detail = Kind.UNKNOWN_KEY, row[COLUMNS.key_id]
        elif self.verdict.problem_count < _MOST_KEPT and (place := _place_of(row)):
            kind, detail = Kind.MOVED, str(place)
        self.verdict.add(Problem(kind=kind, first=number, last=number, detail=detail))


def _chunks(walk: _Walk) -> Iterator[Sequence[Row]]:
    """Yield all rows in order; at their end, compare the head in the database with the last."""
    while True:
        rows = rows_after(walk.last)
        if not rows:
            # The head is read after the rows: one that is further on means rows that came since,
            # or rows that went.
            head = AuditHead.objects.filter(pk=1).first()
            rows = rows_after(walk.last)
            if not rows:
                _check_head(walk, head)
                return
        yield rows


def _place_of(row: Row) -> int | None:
    """Return the sequence under which a row was sealed, if it was only moved; else None."""
    here, key_id = row[0], row[COLUMNS.key_id]
    around = AuditEvent.objects.filter(sequence__range=(here - _NEAR, here + _NEAR))
    stored = around.values_list("seal", flat=True)
    seals = [b"", *(seal for seal in stored if isinstance(seal, bytes))]
    for number in range(max(here - _NEAR, 1), here + _NEAR + 1):
        moved = list(row)
        moved[COLUMNS.sequence] = str(number)
        with suppress(TypeError):
            text = SEPARATOR.join(moved[FIRST_TEXT:])
            found = (keyring().seal(text, key_id, seal) == row[1] for seal in seals)
            if number != here and any(found):
                return number
    return None


# --- The ends -----------------------------------------------------------------------------------


def _check_head(walk: _Walk, head: AuditHead | None) -> None:
    """Compare the head in the database with the last row."""
    verdict, last = walk.verdict, walk.last
    if head is None:
        if last:
            verdict.add(Problem(kind=Kind.HEAD_MISSING, first=last, last=last))
        return
    if head.sequence > last:
        verdict.add(Problem(kind=Kind.CUT_OFF, first=last + 1, last=head.sequence))
    elif head.sequence < last:
        verdict.add(Problem(kind=Kind.BEHIND_HEAD, first=head.sequence + 1, last=last))
    elif head.seal != walk.seal:
        verdict.add(Problem(kind=Kind.HEAD_DIFFERS, first=last, last=last))


def _check_noted(verdict: Verdict, noted: Head) -> None:
    """Compare a head that was noted elsewhere with its row."""
    if noted.sequence > verdict.head.sequence:  # guard: D2
        cut = Problem(
            kind=Kind.CUT_OFF, first=verdict.head.sequence + 1, last=noted.sequence, detail="noted"
        )
        verdict.add(cut)
        return
    row = AuditEvent.objects.filter(sequence=noted.sequence).first()
    if row is None or _hex(row.seal) != noted.seal:  # guard: D2
        verdict.add(Problem(kind=Kind.NOTED_DIFFERS, first=noted.sequence, last=noted.sequence))


def _hex(seal: Any) -> str:
    """Return a seal as it is logged. SQLite also stores a text in its place."""
    return seal.hex() if isinstance(seal, bytes | memoryview) else str(seal)
