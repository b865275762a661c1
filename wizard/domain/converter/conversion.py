"""Converts a file: maps each reference, and writes the new ones into their slots."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from wizard.domain.converter.edits import edited
from wizard.domain.converter.mapping import Finding, Mapped, RuleMap
from wizard.domain.converter.reading import Occurrence, Reading, Role, Slot
from wizard.domain.images import Reference

# Start and end of a slot.
_Span = tuple[int, int]


class Direction(StrEnum):
    """Whether images are to come from the cache or from their upstream registries."""

    TO_CACHE = "to-cache"
    TO_UPSTREAM = "to-upstream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A reference of the file and what the rules make of it.

    `mapped` is None for one that is fixed in its place. `is_shared` is True for one that stays as
    it is, because other references use its characters for something else.
    """

    occurrence: Occurrence
    mapped: Mapped | None = None
    is_shared: bool = False

    @property
    def new(self) -> str:
        """Return the reference after the conversion; empty if it stays as it is."""
        if self.mapped is None or self.mapped.new is None or self.is_shared:
            return ""
        return str(self.mapped.new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A file after the conversion, and what became of each of its references."""

    text: str
    lines: tuple[Converted, ...]


def convert(text: str, reading: Reading, rules: RuleMap, direction: Direction) -> Conversion:
    """Convert the references of a text that was read.

    A slot that several references use is changed only if all of them agree.
    """
    mapping = rules.to_cache if direction is Direction.TO_CACHE else rules.to_upstream
    found = [
        (each, None if each.fixed else mapping(each.reference)) for each in reading.occurrences
    ]
    wanted = [_wanted(text, occurrence, mapped) for occurrence, mapped in found]
    left = _contradicting(text, wanted)
    edits = [
        (slot, values[slot.start, slot.end])
        for number, ((occurrence, mapped), values) in enumerate(zip(found, wanted, strict=True))
        if number not in left and mapped is not None and mapped.finding is Finding.MAPPED
        for slot in occurrence.slots
    ]
    lines = tuple(
        Converted(occurrence=occurrence, mapped=mapped, is_shared=number in left)
        for number, (occurrence, mapped) in enumerate(found)
    )
    return Conversion(text=edited(text, edits), lines=lines)


def _wanted(text: str, occurrence: Occurrence, mapped: Mapped | None) -> dict[_Span, str]:
    """Return the value of each slot after the conversion; that of today if nothing changes."""
    new = mapped.new if mapped else None
    values = _values(occurrence.slots, new) if new else {}
    return {
        (slot.start, slot.end): values.get(slot, text[slot.start : slot.end])
        for slot in occurrence.slots
    }


def _values(slots: Sequence[Slot], new: Reference) -> Mapping[Slot, str]:
    """Return the values of the slots that name the image; tag and digest stay as they are."""
    roles = {slot.role for slot in slots}
    name = new.path if Role.REGISTRY in roles else f"{new.host}/{new.path}"
    tag = f":{new.tag}" if new.tag and Role.TAG not in roles else ""
    digest = f"@{new.digest}" if new.digest and Role.DIGEST not in roles else ""
    values = {
        Role.REFERENCE: f"{name}{tag}{digest}",
        Role.REGISTRY: new.host,
        Role.REPOSITORY: name,
    }
    return {slot: values[slot.role] for slot in slots if slot.role in values}


def _contradicting(text: str, wanted: Sequence[Mapping[_Span, str]]) -> set[int]:
    """Return the references that have to stay as they are, by number.

    They want a value for a slot for which another reference wants another value, or a slot that
    overlaps another one. What stays makes those stay that share a slot with it.
    """
    users: defaultdict[_Span, list[int]] = defaultdict(list)
    for number, values in enumerate(wanted):
        for span in values:
            users[span].append(number)
    spans = sorted(users)
    torn = [span for span in spans if len({wanted[each][span] for each in users[span]}) > 1]
    furthest: _Span = (0, 0)
    for span in spans:
        if span[0] < furthest[1]:
            torn += [furthest, span]
        furthest = max(furthest, span, key=lambda each: each[1])
    left: set[int] = set()
    while torn:
        for number in users.pop(torn.pop(), ()):
            if number not in left and _changes(text, wanted[number]):
                left.add(number)
                torn += wanted[number]
    return left


def _changes(text: str, values: Mapping[_Span, str]) -> bool:
    return any(value != text[start:end] for (start, end), value in values.items())
