"""Reads compose files: the images of services, of their volumes and of what they are built from.

Format: the Compose Specification. Its first version has services at the top. Nothing that other
files have is read.
"""

from typing import Final

from wizard.domain.converter.reading import Fixed, Kind, Reading
from wizard.domain.converter.yaml_files.documents import read_documents
from wizard.domain.converter.yaml_files.images import Images
from wizard.domain.converter.yaml_files.nodes import List, Map, Node, Scalar
from wizard.domain.texts import gettext_noop as _

OTHER_FILES: Final = _("The file includes or extends others. Convert each of them, too.")
DOCKERFILE_INSIDE: Final = _("A Dockerfile inside of the file was not read. Convert it on its own.")
_CONTEXT: Final = "docker-image://"
# What the first version does not have; every other key of it is a service.
_TOP: Final = frozenset(
    ("version", "services", "networks", "volumes", "configs", "secrets", "models", "name")
)


def read_compose(text: str) -> Reading:
    """Read a compose file."""
    return read_documents(text, Kind.COMPOSE, _read_file)


def _read_file(document: Node, images: Images) -> None:
    if not isinstance(document, Map):
        return
    if document.get("include") is not None:
        images.note(OTHER_FILES)
    services = document.map("services")
    if services is not None:
        _read_services(services, images, "services.")
    elif not any(document.get(name) for name in _TOP):
        _read_services(document, images, "")


def _read_services(services: Map, images: Images, path: str) -> None:
    for name, service in services.items():
        if isinstance(service, Map):
            _read_service(service, images, f"{path}{name}")


def _read_service(service: Map, images: Images, place: str) -> None:
    if (extends := service.map("extends")) and extends.get("file") is not None:
        images.note(OTHER_FILES)
    build = service.get("build")
    is_built = isinstance(build, Map) or (isinstance(build, Scalar) and not build.is_null)
    image = service.scalar("image")
    if image is not None and image.is_text:
        images.add(image, f"{place}.image", fixed=Fixed.BUILT if is_built else None)
    for volume in service.maps("volumes"):
        source = volume.scalar("source")
        if volume.text("type") == "image" and source is not None and source.is_text:
            images.add(source, f"{place}.volumes")
    if isinstance(build, Map):
        _read_build(build, images, f"{place}.build")


def _read_build(build: Map, images: Images, place: str) -> None:
    """Read the images that a build names outside of its Dockerfile."""
    if build.get("dockerfile_inline") is not None:
        images.note(DOCKERFILE_INSIDE)
    contexts = build.get("additional_contexts")
    if isinstance(contexts, Map):
        for name, value in contexts.items():
            if isinstance(value, Scalar) and value.value.startswith(_CONTEXT):
                images.add(value, f"{place}.additional_contexts.{name}", prefix=_CONTEXT)
    elif isinstance(contexts, List):
        for item in contexts.items:
            if isinstance(item, Scalar) and f"={_CONTEXT}" in item.value:
                name = item.value.partition("=")[0]
                prefix = f"{name}={_CONTEXT}"
                images.add(item, f"{place}.additional_contexts.{name}", prefix=prefix)
