"""Makes occurrences of the words of a Dockerfile that name an image, with the slots to change.

The slot of a reference that is one variable as a whole is in the default of that variable. Of one
whose tag alone has a variable, it is what stands before the tag.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from wizard.domain.converter.dockerfile.variables import UNKNOWN, Chars, unwrapped
from wizard.domain.converter.reading import Fixed, Occurrence, Places, Role, Slot
from wizard.domain.errors import InvalidImage
from wizard.domain.images import parse_reference

_TEMPLATE: Final = re.compile(r"\{\{|\{%|<%|@@")
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A word that names an image: as it stands, and with the values of its variables."""

    word: Chars
    value: Chars
    place: str


def occurrences_of(named: Sequence[Named], places: Places) -> tuple[Occurrence, ...]:
    """Return an occurrence for each word."""
    return tuple(_unshared([_occurrence(each, places) for each in named], named))


def _occurrence(named: Named, places: Places) -> Occurrence:
    line, column = places(named.word.offsets[0])
    text = named.word.text[:_SHOWN]
    place = f"{named.place} {text}" if "$" in text else named.place
    found = Occurrence(reference=text, line=line, column=column, place=place)
    if _TEMPLATE.search(named.word.text):
        return replace(found, fixed=Fixed.TEMPLATED)
    slot, reference = _slot_and_reference(unwrapped(named.value))
    if not _is_valid(reference):
        return replace(found, fixed=Fixed.INVALID if slot else Fixed.VARIABLE)
    if slot is None:
        return replace(found, reference=reference, fixed=Fixed.VARIABLE)
    return replace(found, reference=reference, slots=(slot,))


def _slot_and_reference(value: Chars) -> tuple[Slot | None, str]:
    """Return the slot, if there is one, and the reference; it is empty if it is not known."""
    if value.is_together:
        return _slot(Role.REFERENCE, value), value.text
    end = _end_of_name(value.text)
    name, version = unwrapped(value[:end]), value[end:]
    known = "" if UNKNOWN in version.text else version.bare
    if name.is_together:
        return _slot(Role.REPOSITORY, name), name.text + known
    return None, "" if UNKNOWN in value.text else value.bare


def _end_of_name(text: str) -> int:
    """Return where the tag or the digest begins."""
    name = text.partition("@")[0]
    colon = name.rfind(":")
    return colon if colon > name.rfind("/") else len(name)


def _slot(role: Role, chars: Chars) -> Slot:
    return Slot(role=role, start=chars.offsets[0], end=chars.offsets[-1] + 1)


def _is_valid(reference: str) -> bool:
    try:
        parse_reference(reference)
    except InvalidImage:
        return False
    return True


def _unshared(found: Sequence[Occurrence], named: Sequence[Named]) -> list[Occurrence]:
    """Return the occurrences without slots that a reference that cannot be converted also has."""
    kept = sorted(
        offset
        for occurrence, each in zip(found, named, strict=True)
        if occurrence.fixed
        for offset in each.value.offsets
    )

    def is_shared(slot: Slot) -> bool:
        position = bisect_left(kept, slot.start)
        return position < len(kept) and kept[position] < slot.end

    return [
        replace(each, slots=(), fixed=Fixed.SHARED) if any(map(is_shared, each.slots)) else each
        for each in found
    ]
