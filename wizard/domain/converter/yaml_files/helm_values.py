"""Reads values of Helm charts: images in one text, or in parts.

Charts name their values as they like. What is read are the forms that public charts share: `image`
as a text, with `tag` or `imageTag` beside it or without; `image` (or `kubectlImage`, or one of
`images`) as a mapping with repository, tag, digest and registry; a registry for all of them below
`global`.
"""

import re
from typing import Final

from wizard.domain.converter.reading import Fixed, Kind, Reading
from wizard.domain.converter.yaml_files.documents import read_documents
from wizard.domain.converter.yaml_files.images import Images, expression_in
from wizard.domain.converter.yaml_files.nodes import List, Map, Node, Scalar, children
from wizard.domain.texts import gettext_noop as _

GLOBAL_REGISTRY: Final = _(
    "A registry below global is used for all images that have a registry of their own."
)
HUB: Final = _("Images below global.hub have no registry of their own. Change global.hub by hand.")
YAML_AS_TEXT: Final = _("YAML inside a text was not read. Convert it on its own.")
# `image`, `kubectlImage`, `init_image`.
_IMAGE: Final = re.compile(r"(?:.*[a-z0-9_-])?[iI]mage")
_REPOSITORY: Final = ("repository", "name", "image", "repo")
_REGISTRY: Final = ("registry", "hub")
_TAG: Final = ("tag", "version", "imageTag")
_DIGEST: Final = ("digest", "sha", "sha256")
# Where charts have the registry of all images.
_GLOBAL: Final = (("imageRegistry",), ("image", "registry"))
_EMBEDDED: Final = re.compile(r"^[ \t]*(?:- +)?image:", re.MULTILINE)


def read_helm_values(text: str) -> Reading:
    """Read values of a chart."""
    return read_documents(text, Kind.HELM_VALUES, lambda node, images: read_values_in(node, images))


def read_values_in(values: Node, images: Images, title: str = "") -> None:
    """Read values that may be a part of another file."""
    if isinstance(values, Map):
        hub = values.scalar("global", "hub")
        _Values(images, title, _global_registry(values), hub).read(values, "")


def _global_registry(values: Map) -> Scalar | None:
    """Return the registry of all images, if there is one."""
    for path in _GLOBAL:
        registry = values.scalar("global", *path)
        if registry is not None and not registry.is_null and registry.value:
            return registry
    return None


def _first(parent: Map, names: tuple[str, ...]) -> Scalar | None:
    """Return the first of these that has a value; of empty ones, the first."""
    scalars = [node for name in names if (node := parent.scalar(name)) is not None]
    filled = [node for node in scalars if not node.is_null and node.value]
    return next(iter(filled or scalars), None)


def _has_host(name: str) -> bool:
    first, slash, _rest = name.partition("/")
    return bool(slash) and (first == "localhost" or "." in first or ":" in first)


def _registry_beside(parent: Map, image: str) -> Scalar | None:
    """Return the registry that stands beside an image, unless the image has its own."""
    registry = _first(parent, _REGISTRY)
    if registry is None and (repository := parent.scalar("repository")):
        # NVIDIA's operators have `repository: nvcr.io/nvidia`, `image: driver` and `version`.
        is_url = "://" in repository.value
        is_registry = not is_url and (_has_host(f"{repository.value}/") or "/" not in image)
        registry = repository if is_registry else None
    if registry is None or not registry.is_text or not registry.value or _has_host(image):
        return None
    return registry


class _Values:
    """Reads the values of one chart and of those in it."""

    def __init__(
        self, images: Images, title: str, registry: Scalar | None, hub: Scalar | None
    ) -> None:
        self._images = images
        self._title = title
        self._registry = registry
        self._hub = hub

    def read(self, node: Node, path: str) -> None:
        """Read all that is in a node."""
        is_list_of_images = path.rpartition(".")[2] == "images"
        for name, value in children(node):
            place = f"{path}.{name}" if path else name
            if isinstance(value, Map):
                self._read_map(name, value, place)
            elif isinstance(value, List):
                self.read(value, place)
            elif is_list_of_images and "/" in value.value:
                self._add(value, place)
            elif isinstance(node, Map):
                self._read_scalar(node, name, value, place)

    def _read_map(self, name: str, value: Map, place: str) -> None:
        """Read a mapping: a template, an image in parts with what else is in it, or any other."""
        if self._images.text.startswith("{{", value.start):
            if _IMAGE.fullmatch(name):
                self._images.add_templated(value.start, self._title + place)
        elif self._is_image(name, value, place):
            for more, inside in value.items():
                if isinstance(inside, Map):
                    self._read_map(more, inside, f"{place}.{more}")
                elif isinstance(inside, List):
                    self.read(inside, f"{place}.{more}")
        else:
            self.read(value, place)

    def _read_scalar(self, parent: Map, name: str, value: Scalar, place: str) -> None:
        if value.style in ("|", ">") and _EMBEDDED.search(value.value):
            self._images.note(YAML_AS_TEXT)
        elif _IMAGE.fullmatch(name) and value.is_text and value.value:
            self._read_image(parent, name, value, place)

    def _read_image(self, parent: Map, name: str, value: Scalar, place: str) -> None:
        """Read an image as a text. Its tag, registry and digest may stand beside it."""
        tag, registry, digest = parent.scalar(f"{name}Tag"), None, None
        if name == "image":
            tag, digest = tag or _first(parent, _TAG), _first(parent, _DIGEST)
            registry = _registry_beside(parent, value.value)
        last = value.value.rpartition("/")[2]
        if registry is None and self._hub is not None and last == value.value and ":" not in last:
            # Istio puts its hub before an image without a slash.
            self._images.add_fixed(value, self._title + place, Fixed.SHARED)
            self._images.note(HUB)
            return
        is_whole = ":" in last or "@" in last or expression_in(value.value)
        is_alone = registry is None and (is_whole or tag is None or tag.is_null)
        if is_alone or not self._add_parts(place, value, registry, tag, digest):
            self._add(value, place, Fixed.INVALID if registry else None)

    def _is_image(self, name: str, value: Map, place: str) -> bool:
        """Add an image in parts; tell whether a mapping is one."""
        is_named_so = bool(_IMAGE.fullmatch(name))
        repository = _first(value, _REPOSITORY if is_named_so else _REPOSITORY[:1])
        tag, digest, registry = (_first(value, names) for names in (_TAG, _DIGEST, _REGISTRY))
        if repository is None or not repository.is_text or not repository.value:
            return False
        if not is_named_so and (value.text("image") or not (tag or digest or registry)):
            return False
        return self._add_parts(place, repository, registry, tag, digest)

    def _add_parts(
        self,
        place: str,
        repository: Scalar,
        registry: Scalar | None,
        tag: Scalar | None,
        digest: Scalar | None,
    ) -> bool:
        if registry is not None and self._registry is not None:
            self._images.note(GLOBAL_REGISTRY)
            registry = self._registry
        return self._images.add_parts(
            self._title + place,
            repository=repository,
            registry=registry,
            tag=tag,
            digest=digest,
        )

    def _add(self, image: Scalar, place: str, fixed: Fixed | None = None) -> None:
        """Add a text if it is a reference, or may be one with its expressions."""
        self._images.add(image, self._title + place, fixed=fixed, is_certain=False)
