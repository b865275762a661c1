"""What the tests of YAML files share: each image is written anew, below one registry."""

from collections.abc import Iterable

from wizard.domain.converter import Kind, Occurrence, Reading, Role, Slot, edited, read
from wizard.domain.images import parse_reference

HOST = "012345678901.dkr.ecr.eu-central-1.amazonaws.com"


def through(reference: str) -> str:
    """The reference below the registry."""
    parsed = parse_reference(reference)
    tag = f":{parsed.tag}" if parsed.tag else ""
    digest = f"@{parsed.digest}" if parsed.digest else ""
    return f"{HOST}/up/{parsed.path}{tag}{digest}"


def edits_of(occurrences: Iterable[Occurrence]) -> list[tuple[Slot, str]]:
    edits = []
    for occurrence in occurrences:
        path = f"up/{parse_reference(occurrence.reference).path}" if occurrence.slots else ""
        roles = {slot.role for slot in occurrence.slots}
        for slot in occurrence.slots:
            if slot.role is Role.REFERENCE:
                edits.append((slot, through(occurrence.reference)))
            elif slot.role is Role.REGISTRY:
                edits.append((slot, HOST))
            elif slot.role is Role.REPOSITORY:
                edits.append((slot, path if Role.REGISTRY in roles else f"{HOST}/{path}"))
    return edits


def rewritten(text: str, kind: Kind) -> str:
    """The text with each image below the registry."""
    return edited(text, edits_of(read(text, kind).occurrences))


def told(text: str, kind: Kind) -> list[tuple[str, str]]:
    """Each reference with its place; one that is fixed begins with an exclamation mark."""
    return [
        (f"!{each.fixed.value} {each.reference}" if each.fixed else each.reference, each.place)
        for each in read(text, kind).occurrences
    ]


def where(reading: Reading) -> list[tuple[int, int]]:
    return [(each.line, each.column) for each in reading.occurrences]
