"""Reads kustomizations: the names that images get.

`name` selects images by the name that the resources have and must stay. `newName` takes its place.
Format: kubectl.docs.kubernetes.io, "kustomization / images".
"""

from typing import Final

from wizard.domain.converter.reading import Fixed, Kind, Reading
from wizard.domain.converter.yaml_files.documents import read_documents
from wizard.domain.converter.yaml_files.helm_values import read_values_in
from wizard.domain.converter.yaml_files.images import Images
from wizard.domain.converter.yaml_files.nodes import List, Map, Node, Scalar
from wizard.domain.texts import gettext_noop as _

NO_NEW_NAME: Final = _(
    "In a kustomization, only newName can be converted. Add newName to the images that have none."
)
PATCHES: Final = _("Patches inside of the kustomization are text. They were not read.")


def read_kustomization(text: str) -> Reading:
    """Read a kustomization."""
    return read_documents(text, Kind.KUSTOMIZATION, read_kustomization_in)


def read_kustomization_in(document: Node, images: Images) -> None:
    """Read one document."""
    if not isinstance(document, Map):
        return
    for image in document.maps("images"):
        _read_image(image, images)
    for chart in document.maps("helmCharts"):
        if values := chart.map("valuesInline"):
            read_values_in(values, images, f"helmCharts {chart.text('name')}: ")
    if any(_has_inline_patch(document, name) for name in ("patches", "patchesStrategicMerge")):
        images.note(PATCHES)


def _read_image(image: Map, images: Images) -> None:
    name, new = image.scalar("name"), image.scalar("newName")
    if name is None or name.is_null or images.is_full:
        return
    place = f"images {name.value}"
    if new is None or new.is_null:
        images.note(NO_NEW_NAME)
        version = image.text("newTag")
        images.add_fixed(name, place, Fixed.SELECTOR, f"{name.value}{version and f':{version}'}")
        return
    added = images.add_parts(
        place,
        repository=new,
        tag=image.scalar("newTag"),
        digest=image.scalar("digest"),
    )
    if not added:
        images.add_fixed(new, place, Fixed.INVALID)


def _has_inline_patch(document: Map, name: str) -> bool:
    patches = document.get(name)
    if not isinstance(patches, List):
        return False
    texts = (item.scalar("patch") if isinstance(item, Map) else item for item in patches.items)
    return any(isinstance(text, Scalar) and "image:" in text.value for text in texts)
