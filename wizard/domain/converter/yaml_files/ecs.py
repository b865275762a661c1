"""Reads task definitions of Amazon ECS: as JSON, as the AWS CLI prints them, or in CloudFormation.

Both name the list of containers alike but for its first letter. In CloudFormation, functions can
make an image: what `!Sub` or no function makes is read, the others are left as they are.
"""

from typing import Final

from wizard.domain.converter.reading import Fixed, Kind, Reading
from wizard.domain.converter.yaml_files.documents import read_documents
from wizard.domain.converter.yaml_files.images import Images
from wizard.domain.converter.yaml_files.nodes import Map, Node, Scalar, children, maps
from wizard.domain.texts import gettext_noop as _

FUNCTIONS: Final = _("Images that functions of CloudFormation make are left as they are.")
# The list, and in each of its items the name and the image.
_LISTS: Final = {
    "containerDefinitions": ("name", "image"),
    "ContainerDefinitions": ("Name", "Image"),
}
_RESOURCES: Final = "Resources"


def read_task_definitions(text: str) -> Reading:
    """Read task definitions, or the template of a stack that has some."""
    return read_documents(text, Kind.ECS_TASK, read_tasks_in)


def has_task_definitions(text: str) -> bool:
    """Whether a text may have some."""
    return "ontainerDefinitions" in text


def read_tasks_in(document: Node, images: Images) -> None:
    """Read one document."""
    if isinstance(document, Map) and isinstance(resources := document.get(_RESOURCES), Map):
        for name, resource in resources.items():
            _read(resource, images, name)
    for each in maps(document):
        _read(each, images, "")


def _read(node: Node, images: Images, title: str) -> None:
    if isinstance(node, Map):
        title = node.text("family") or title
    for name, value in children(node):
        if name in _LISTS:
            for container in maps(value):
                _read_container(container, images, title, *_LISTS[name])
        elif name != _RESOURCES and not isinstance(value, Scalar) and not images.is_full:
            _read(value, images, title)


def _read_container(container: Map, images: Images, title: str, name: str, image: str) -> None:
    found, called = container.get(image), container.text(name)
    place = ", ".join(filter(None, (title, f"container {called}".rstrip())))
    if isinstance(found, Map):
        images.note(FUNCTIONS)
    elif isinstance(found, Scalar) and found.is_text:
        tag = images.text[found.start : found.end].partition(" ")[0]
        if tag.startswith("!") and not tag.startswith(("!Sub", "!!")):
            images.note(FUNCTIONS)
            images.add_fixed(found, place, Fixed.VARIABLE)
        else:
            images.add(found, place)
