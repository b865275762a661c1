"""Verifying the audit trail: walks the chain from its first row and reports every problem.

It finds rows that were changed, removed or moved; an end that was cut off, compared with a known
head; rows behind the head; missing keys and triggers. Whoever has the database and the key can
forge every row after the last head that was noted elsewhere.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Max

from wizard.domain.chain import NEWEST_FORM, SEPARATOR, UnknownKey
from wizard.models import (
    ApiToken,
    AuditEvent,
    AuditHead,
    LiveSession,
    SignInLink,
    audit_triggers,
)
from wizard.services.audit.appending import keyring
from wizard.services.audit.notes import (
    SetAside,
    digest_of,
    is_inside,
    last_checkpoint,
    rows_set_aside,
)
from wizard.services.audit.sealed_rows import COLUMNS, FIRST_TEXT, Row, rows_after
from wizard.services.audit.verdict import MOST_KEPT, Head, Kind, OpenIntent, Problem, Verdict

# How far from its place a moved row is searched for.
_NEAR: Final = 16
# A session is created after the row of its sign-in.
_SLACK: Final = timedelta(minutes=1)

Progress = Callable[[int], None]


def verify(*, noted: Head | None = None, progress: Progress = lambda _rows: None) -> Verdict:
    """Walk the whole trail in constant memory; `noted` is a head that was kept elsewhere.

    `progress` is called with the number of rows walked. Rows that are appended concurrently are
    walked as well.
    """
    verdict = Verdict()
    for name in sorted(_missing_triggers()):
        verdict.add(Problem(kind=Kind.TRIGGERS_GONE, detail=name))
    begin, notes = last_checkpoint(), rows_set_aside()
    verdict.pruned = begin.sequence
    verdict.set_aside = [span for note in notes for span in note.spans]
    _check_outside(verdict)
    _check_set_aside(verdict, notes)
    walk = _Walk(verdict=verdict, read=begin.sequence, last=begin.sequence, seal=begin.seal)
    for rows in _chunks(walk):
        walk.check(rows)
        progress(verdict.rows)
    verdict.head = Head(sequence=walk.last, seal=_hex(walk.seal))
    verdict.open_intents = walk.open_intents()
    _check_witnesses(verdict)
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


# --- The walk -----------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Walk:
    """A walk along the chain: the sequence and the seal of the last row that was checked."""

    verdict: Verdict
    # The last row that was read, which can be a foreign one.
    read: int = 0
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
                if is_inside(number, self.verdict.set_aside):
                    last = number if number == last + 1 else last
                    continue
                self._tell(row, last, previous)
            if row[phase_at] == "intent":
                opened[row[id_at]] = row
            elif row[phase_at] == "result":
                opened.pop(row[id_at], None)
            last, previous = number, seal
        self.last, self.seal, self.read = last, previous, rows[-1][0]
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
        elif self.verdict.problem_count < MOST_KEPT and (place := _place_of(row)):
            kind, detail = Kind.MOVED, str(place)
        self.verdict.add(Problem(kind=kind, first=number, last=number, detail=detail))


def _chunks(walk: _Walk) -> Iterator[Sequence[Row]]:
    """Yield all rows in order; at their end, compare the head in the database with the last."""
    while True:
        rows = rows_after(walk.read)
        if not rows:
            # The head is read after the rows: one that is further on means rows that came since,
            # or rows that went.
            head = AuditHead.objects.filter(pk=1).first()
            rows = rows_after(walk.read)
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
    if head is None:  # guard: D2
        verdict.add(Problem(kind=Kind.HEAD_MISSING, first=last, last=last))
        return
    if head.sequence > last:
        verdict.add(Problem(kind=Kind.CUT_OFF, first=last + 1, last=head.sequence))
    elif head.sequence < last:
        verdict.add(Problem(kind=Kind.BEHIND_HEAD, first=head.sequence + 1, last=last))
    elif head.seal != walk.seal:
        verdict.add(Problem(kind=Kind.HEAD_DIFFERS, first=last, last=last))


def _check_outside(verdict: Verdict) -> None:
    """Report rows before the first row of the chain, unless they were set aside."""
    numbers = AuditEvent.objects.filter(sequence__lte=verdict.pruned).order_by("sequence")
    for number in numbers.values_list("sequence", flat=True)[:MOST_KEPT]:
        if not is_inside(number, verdict.set_aside):  # guard: D2
            verdict.add(Problem(kind=Kind.OUTSIDE, first=number, last=number))


def _check_set_aside(verdict: Verdict, notes: Iterable[SetAside]) -> None:
    """Report foreign rows that were changed or deleted after they were set aside."""
    for note in notes:
        first, last = note.spans[0][0], note.spans[-1][1]
        is_pruned = 0 < first <= verdict.pruned
        if not is_pruned and digest_of(note.spans) != note.digest:  # guard: D2
            verdict.add(Problem(kind=Kind.SET_ASIDE_CHANGED, first=first, last=last))


def _check_witnesses(verdict: Verdict) -> None:
    """Compare the trail with rows of other tables that are never created without an audit row.

    They show that the trail was emptied together with its head, or replaced by an older copy. An
    older copy of the whole database shows nothing: only a head that was noted elsewhere tells it.
    """
    rows = (ApiToken.objects, SignInLink.objects, LiveSession.objects)
    times = [found.aggregate(newest=Max("created_at"))["newest"] for found in rows]
    newest = max(filter(None, times), default=None)
    recorded = AuditEvent.objects.aggregate(newest=Max("happened_at"))["newest"]
    if newest is None:
        return
    if recorded is None:  # guard: D2
        verdict.add(Problem(kind=Kind.EMPTIED))
    elif newest > recorded + _SLACK:  # guard: D2
        verdict.add(Problem(kind=Kind.OLDER, first=verdict.head.sequence, detail=f"{newest:%F %T}"))


def _check_noted(verdict: Verdict, noted: Head) -> None:
    """Compare a head that was noted elsewhere with its row."""
    if 0 < noted.sequence < verdict.pruned:
        return
    if noted.sequence > verdict.head.sequence:  # guard: D2
        cut = Problem(
            kind=Kind.CUT_OFF, first=verdict.head.sequence + 1, last=noted.sequence, detail="noted"
        )
        verdict.add(cut)
        return
    if noted.sequence == verdict.pruned and noted.seal == last_checkpoint().seal.hex():
        return
    row = AuditEvent.objects.filter(sequence=noted.sequence).first()
    if row is None or _hex(row.seal) != noted.seal:  # guard: D2
        verdict.add(Problem(kind=Kind.NOTED_DIFFERS, first=noted.sequence, last=noted.sequence))


def _hex(seal: Any) -> str:
    """Return a seal as it is logged. SQLite also stores a text in its place."""
    return seal.hex() if isinstance(seal, bytes | memoryview) else str(seal)
