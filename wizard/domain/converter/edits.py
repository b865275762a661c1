"""Writes new values into the slots of a text. Every other character stays as it is."""

import re
from collections.abc import Iterable
from typing import Final

from wizard.domain.converter.reading import Quoting, Slot

# The characters of references. None of them ends a word of a shell, a string or a plain scalar.
_VALUE: Final = re.compile(r"[A-Za-z0-9._/:@+-]*")


def edited(text: str, edits: Iterable[tuple[Slot, str]]) -> str:
    """Return the text with new values in these slots.

    Slots must not overlap. The same slot may come twice, with the same value. Raises ValueError for
    slots that overlap, for two values of one slot, and for a value that no reference can have.
    """
    written: dict[tuple[int, int], str] = {}
    for slot, value in edits:
        new = _written(value, slot.quoting)
        if written.setdefault((slot.start, slot.end), new) != new:
            raise ValueError("A slot has two values.")
    parts = []
    last = 0
    for (start, end), new in sorted(written.items()):
        if not last <= start <= end <= len(text):
            raise ValueError("Slots overlap, or one of them is not of this text.")
        parts += [text[last:start], new]
        last = end
    return "".join([*parts, text[last:]])


def _written(value: str, quoting: Quoting) -> str:
    if not _VALUE.fullmatch(value):
        raise ValueError("A value has characters that no reference has.")
    if quoting is Quoting.ABSENT:
        return f" {value}" if value else ""
    return '""' if quoting is Quoting.YAML and not value else value
