"""Reads the documents of a YAML file, each by the reader of its kind."""

from collections.abc import Callable
from typing import Final

from wizard.domain.converter.reading import Kind, Places, Reading
from wizard.domain.converter.yaml_files.composing import compose
from wizard.domain.converter.yaml_files.images import Images
from wizard.domain.converter.yaml_files.nodes import Node
from wizard.domain.texts import gettext_noop as _

DUPLICATES: Final = _(
    "A key is in a mapping more than once. The last one counts. The others stay as they are."
)


def read_documents(text: str, kind: Kind, read: Callable[[Node, Images], None]) -> Reading:
    """Return what a reader of documents finds in all of them."""
    places = Places(text)
    images = Images(text, places)
    composed = compose(text, places)
    for document in composed.documents:
        if images.is_full:
            break
        read(document, images)
    if composed.has_duplicates:
        images.note(DUPLICATES)
    return Reading(
        kind=kind,
        occurrences=images.occurrences,
        problem=composed.problem,
        notes=images.notes,
    )
