"""Going on with the audit trail after rows that the console did not write.

A foreign row has the number that the console's next row needs, so that no row can be appended and
nothing can be changed. The same happens when the head was deleted or set back. Nothing is deleted
here: rows that continue the chain are attached to the head again, foreign rows are set aside by a
sealed note, and the chain goes on with that note. Verification reports a row that was changed after
it was set aside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from wizard.domain.chain import SEPARATOR, UnknownKey
from wizard.models import AuditHead, AuditOutcome
from wizard.services.audit.appending import append_locked, keyring, locked_head
from wizard.services.audit.notes import (
    SET_ASIDE,
    Span,
    digest_of,
    is_inside,
    last_checkpoint,
    proven,
    rows_between,
    rows_set_aside,
    spans_of,
)
from wizard.services.audit.sealed_rows import COLUMNS, FIRST_TEXT, Row, rows_after
from wizard.services.audit.writing import console_event

# The number of spans in one note; further ones get a note of their own.
_SPANS: Final = 10
_BEFORE_ALL: Final = -(2**63)
_AFTER_ALL: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """How many rows were attached to the head again, and which rows were set aside."""

    attached: int
    set_aside: list[Span]


def repair() -> Repaired:
    """Make the trail writable again; idempotent. Raises an error of the database."""
    with transaction.atomic(durable=True):
        head = locked_head()
        attached = _attach(head)  # guard: D6
        set_aside: list[Span] = []
        while spans := spans_of(_foreign(head), most=_SPANS):
            _set_aside(head, spans)  # guard: D6
            set_aside += spans
    return Repaired(attached=attached, set_aside=set_aside)


def _attach(head: AuditHead) -> int:
    """Advance the head over the rows that continue the chain; return their number."""
    begin = last_checkpoint()
    if head.sequence < begin.sequence:
        head.sequence, head.seal = begin.sequence, begin.seal
    first = head.sequence
    while rows := rows_after(head.sequence):
        if not all(_is_next(row, head) for row in rows):
            break
    if head.sequence > first:
        AuditHead.objects.filter(pk=1).update(sequence=head.sequence, seal=head.seal)
    return head.sequence - first


def _is_next(row: Row, head: AuditHead) -> bool:
    """Advance the head if the row is sealed as the next one."""
    text = SEPARATOR.join
    try:
        seal = keyring().seal(text(row[FIRST_TEXT:]), row[COLUMNS.key_id], bytes(head.seal))
    except (UnknownKey, TypeError):
        return False
    if row[0] != head.sequence + 1 or seal != row[1]:
        return False
    head.sequence, head.seal = row[0], row[1]
    return True


def _foreign(head: AuditHead) -> Iterator[int]:
    """Yield the numbers of the rows outside the chain that are in no note, ascending.

    A row that is in a note already is yielded when the chain has come to it.
    """
    known = [span for note in rows_set_aside() for span in note.spans]
    begin = last_checkpoint().sequence
    after = _BEFORE_ALL
    while rows := rows_after(after):
        for number in (row[0] for row in rows):
            is_next = number == head.sequence + 1
            is_outside = not begin < number <= head.sequence
            if is_next or (is_outside and not is_inside(number, known)):
                yield number
        after = rows[-1][0]
        if begin < after <= head.sequence:
            after = head.sequence


def _set_aside(head: AuditHead, spans: Sequence[Span]) -> None:
    """Append the note at the first free number. It is sealed with the last row of the chain."""
    for row in rows_between(head.sequence + 1, _AFTER_ALL):
        if row[0] != head.sequence + 1:
            break
        head.sequence = row[0]
    facts = {"rows": [list(span) for span in spans], "digest": digest_of(spans)}
    event = console_event(
        SET_ASIDE,
        subject=", ".join(f"#{first} to #{last}" for first, last in spans),
        outcome=AuditOutcome.SUCCEEDED,
        after=proven(SET_ASIDE, facts),
    )
    append_locked([event], head)
