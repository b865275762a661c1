"""The fields of operators' custom resources that hold images.

Containers in a template of pods are no part of it: they are found in each object.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from wizard.domain.converter.yaml_files.images import Images
from wizard.domain.converter.yaml_files.nodes import Map, Node, Scalar, children

# Stands in a path for each item of a sequence, or each value of a mapping.
EACH: Final = "*"


@dataclass(frozen=True, slots=True)
class ImageField:
    """A field that holds an image: the group of its object, the object's kinds, and its path."""

    group: str
    kinds: Sequence[str]
    path: str

    def read(self, manifest: Map, images: Images, title: str) -> set[int]:
        """Add the images of the field. Return the identities of the nodes that are known so."""
        found = [each for each in _at(manifest, self.path.split(".")) if isinstance(each, Scalar)]
        for image in found:
            if image.is_text:
                images.add(image, f"{title}, {self.path}")
        return {id(image) for image in found}


def _at(node: Node, path: Sequence[str]) -> Iterator[Node]:
    """Yield the nodes at a path."""
    if not path:
        yield node
        return
    for name, value in children(node):
        if path[0] in (EACH, name):
            yield from _at(value, path[1:])


@cache
def fields_of(group: str, kind: str) -> tuple[ImageField, ...]:
    """Return the fields of a kind of objects."""
    return tuple(field for field in FIELDS if field.group == group and kind in field.kinds)


# Each group with the file that defines its fields.
FIELDS: Final[Sequence[ImageField]] = ()
