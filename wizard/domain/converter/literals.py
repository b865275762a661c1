"""Makes an occurrence of a reference that stands whole and as it is in the text."""

from wizard.domain.converter.reading import Fixed, Occurrence, Places, Quoting, Role, Slot
from wizard.domain.errors import InvalidImage
from wizard.domain.images import parse_reference

SHOWN = 80  # characters of a text that is no reference


def is_reference(text: str) -> bool:
    """Whether a text is a reference to an image."""
    try:
        parse_reference(text)
    except InvalidImage:
        return False
    return True


def literal(
    places: Places,
    start: int,
    end: int,
    reference: str,
    *,
    place: str = "",
    quoting: Quoting = Quoting.PLAIN,
) -> Occurrence:
    """Return the occurrence of a reference that a part of the text is, if it is a valid one."""
    line, column = places(start)
    is_valid = is_reference(reference)
    slot = Slot(role=Role.REFERENCE, start=start, end=end, quoting=quoting)
    return Occurrence(
        reference=reference if is_valid else reference[:SHOWN],
        slots=(slot,) if is_valid else (),
        line=line,
        column=column,
        place=place,
        fixed=None if is_valid else Fixed.INVALID,
    )
