"""Sealed notes in the audit trail that change how it is verified.

A checkpoint says that the rows up to a number were pruned, and where the chain goes on. A note of
foreign rows says that rows, which the console did not write, were set aside: they are no part of
the chain. Each note has a proof of its own, an HMAC with AUDIT_KEY over its facts. So verification
can read the notes before it walks the chain. A note without its proof has no effect.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wizard.domain.chain import UnknownKey, canonical_json
from wizard.models import AuditEvent, AuditPhase
from wizard.services.audit.appending import keyring
from wizard.services.audit.sealed_rows import Row, rows_after

PRUNED: Final = "PruneAuditTrail"
SET_ASIDE: Final = "SetAsideAuditRows"
_PROOF: Final = "proof"

# The first and the last row of a run of consecutive rows.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The last pruned row: its sequence and its seal. Without one, the chain begins at row 1."""

    sequence: int = 0
    seal: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Foreign rows that were set aside, and the digest of what they contained."""

    noted_at: int
    spans: tuple[Span, ...]
    digest: str


def proven(action: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a note with their proof."""
    ring = keyring()
    return {**facts, _PROOF: ring.seal(_text(action, facts), ring.sealing_id, b"").hex()}


def last_checkpoint() -> Checkpoint:
    """Return where the chain begins."""
    found = Checkpoint()
    for event in _notes(PRUNED):
        if event.after["last"] > found.sequence:
            found = Checkpoint(
                sequence=event.after["last"], seal=bytes.fromhex(event.after["seal"])
            )
    return found


def rows_set_aside() -> list[SetAside]:
    """Return all notes of foreign rows, oldest first."""
    return [
        SetAside(
            noted_at=event.sequence,
            spans=tuple((first, last) for first, last in event.after["rows"]),
            digest=event.after["digest"],
        )
        for event in _notes(SET_ASIDE)
    ]


def digest_of(spans: Iterable[Span]) -> str:
    """Return the digest of all columns of these rows, as they are stored."""
    digest = hashlib.sha256()
    for first, last in spans:
        for row in rows_between(first, last):
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def rows_between(first: int, last: int) -> Iterator[Row]:
    """Yield the rows from `first` to `last`, in order."""
    after = first - 1
    while rows := [row for row in rows_after(after) if row[0] <= last]:
        yield from rows
        after = rows[-1][0]


def spans_of(numbers: Iterable[int], *, most: int) -> list[Span]:
    """Join ascending numbers to spans, and return the first ones."""
    spans: list[Span] = []
    for number in numbers:
        if spans and spans[-1][1] + 1 == number:
            spans[-1] = (spans[-1][0], number)
        elif len(spans) == most:
            break
        else:
            spans.append((number, number))
    return spans


def is_inside(number: int, spans: Sequence[Span]) -> bool:
    return any(first <= number <= last for first, last in spans)


def _notes(action: str) -> Iterator[AuditEvent]:
    """Yield the notes that have their proof."""
    found = AuditEvent.objects.filter(action=action, phase=AuditPhase.EVENT)
    for event in found.order_by("sequence"):
        if _is_proven(event):  # guard: D2
            yield event


def _is_proven(event: AuditEvent) -> bool:
    if not isinstance(event.after, dict):
        return False
    facts = {name: value for name, value in event.after.items() if name != _PROOF}
    try:
        expected = keyring().seal(_text(event.action, facts), event.key_id, b"").hex()
    except UnknownKey:
        return False
    return hmac.compare_digest(expected, str(event.after.get(_PROOF)))


def _text(action: str, facts: Mapping[str, Any]) -> str:
    return f"note {action} {canonical_json(dict(facts))}"
