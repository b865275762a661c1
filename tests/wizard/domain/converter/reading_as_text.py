"""A reading as lines of text, which tests compare, and what holds for every reading."""

from wizard.domain.converter import Fixed, Reading, Role, edited

# What tests write into the slots: what a rule makes of an image.
NEW = {
    Role.REFERENCE: "private.example/hub/app:1",
    Role.REGISTRY: "private.example",
    Role.REPOSITORY: "private.example/hub/app",
    Role.TAG: "1",
    Role.DIGEST: "sha256:" + "0" * 64,
}


def shown(reading: Reading) -> list[str]:
    """Return a line for each occurrence: where it is, the reference, and why it is fixed."""
    return [
        f"{each.line}:{each.column} {each.reference}"
        + (f" {each.fixed.value}" if each.fixed else "")
        for each in reading.occurrences
    ]


def check_slots(text: str, reading: Reading) -> None:
    """Every slot is of the text, none overlaps another, and edits leave all else as it is."""
    slots = {slot for each in reading.occurrences for slot in each.slots}
    for each in reading.occurrences:
        assert bool(each.slots) != bool(each.fixed)
        assert each.fixed is not Fixed.INVALID or each.reference
    same = [(slot, text[slot.start : slot.end]) for slot in slots]
    assert edited(text, (each for each in same if "\\" not in each[1])) == text
    kept = edited(text, ((slot, NEW[slot.role]) for slot in slots))
    assert len(kept) - len(text) == sum(
        len(NEW[role]) - (end - start)
        for role, start, end in {(s.role, s.start, s.end) for s in slots}
    )
