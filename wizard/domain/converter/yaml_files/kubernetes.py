"""Reads manifests of Kubernetes: the images of containers, of volumes, and of operators' objects.

Containers are found wherever an object has a pod's specification, so that each kind of workload is
read, and each custom resource that has a template of pods.
"""

from collections.abc import Callable, Mapping
from typing import Final

from wizard.domain.converter.reading import Fixed, Kind, Reading
from wizard.domain.converter.yaml_files.documents import read_documents
from wizard.domain.converter.yaml_files.ecs import has_task_definitions, read_tasks_in
from wizard.domain.converter.yaml_files.helm_values import read_values_in
from wizard.domain.converter.yaml_files.images import Images
from wizard.domain.converter.yaml_files.kustomization import read_kustomization_in
from wizard.domain.converter.yaml_files.nodes import Map, Node, Scalar, children, maps
from wizard.domain.converter.yaml_files.operators import fields_of
from wizard.domain.texts import gettext_noop as _

EMBEDDED: Final = _(
    "Images in the texts of ConfigMaps and Secrets are left as they are. Convert those texts on"
    " their own."
)
VALUES_AS_TEXT: Final = _("Helm values inside a text were not read. Convert them on their own.")
UNKNOWN_FIELDS: Final = _(
    "Some objects have a field for an image of which the console doesn't know the meaning. They are"
    " left as they are."
)
ISTIO_HUB: Final = _(
    "Istio puts spec.hub before the names of its images. Change spec.hub by hand: use the prefix of"
    " the rule in the place of the registry."
)
# The lists of containers in a pod's specification, and what one of them is called.
_CONTAINERS: Final[Mapping[str, str]] = {
    "containers": "container",
    "initContainers": "init container",
    "ephemeralContainers": "ephemeral container",
}
# What the cluster reports, and what is about the object itself.
_SKIPPED: Final = frozenset(("status", "metadata"))
# Objects of these groups have patterns and conditions where others have images.
_POLICIES: Final = ("kyverno.io", "gatekeeper.sh", "admissionregistration.k8s.io")
_EMBEDDING: Final = frozenset(("ConfigMap", "Secret"))


def read_kubernetes(text: str) -> Reading:
    """Read manifests, as YAML or JSON."""
    return read_documents(text, Kind.KUBERNETES, _reader_of(text))


def read_pods(text: str) -> Reading:
    """Read the output of `kubectl get pods -o json`."""
    return read_documents(text, Kind.PODS_JSON, _reader_of(text))


def _reader_of(text: str) -> Callable[[Node, Images], None]:
    """Return the reader of a document. A file that ends in .json may be no manifest."""
    return _read_either if has_task_definitions(text) else _read_document


def _read_either(document: Node, images: Images) -> None:
    for each in maps(document):
        if each.get("kind") is None:
            read_tasks_in(each, images)
        else:
            _read_object(each, images)


def _read_document(document: Node, images: Images) -> None:
    for each in maps(document):
        _read_object(each, images)


def _read_object(manifest: Map, images: Images, kind: str = "") -> None:
    """Read an object; `kind` is that of one in a list, which need not say it."""
    if not kind and manifest.get("kind") is None:
        # A part of a manifest, such as a list of containers.
        _read_pods(manifest, images, "", set())
        return
    kind = manifest.text("kind") or kind
    group = manifest.text("apiVersion").rpartition("/")[0]
    items = manifest.get("items")
    if kind.endswith("List") and items is not None:
        for item in maps(items):
            _read_object(item, images, kind.removesuffix("List"))
    elif kind in _EMBEDDING:
        _note_embedded(manifest, images)
    elif group in _OTHERS:
        _OTHERS[group](manifest, images)
    elif kind != "CustomResourceDefinition" and not group.endswith(_POLICIES):
        _read_workload(manifest, images, kind, group)


def _read_workload(manifest: Map, images: Images, kind: str, group: str) -> None:
    title = f"{kind} {_name_of(manifest)}".strip()
    known: set[int] = set()
    for field in fields_of(group, kind):
        known |= field.read(manifest, images, title)
    _read_pods(manifest, images, title, known)


def _name_of(manifest: Map) -> str:
    name = manifest.text("metadata", "name") or manifest.text("metadata", "generateName")
    namespace = manifest.text("metadata", "namespace")
    return f"{namespace}/{name}" if namespace else name


def _read_pods(node: Node, images: Images, title: str, known: set[int]) -> None:
    """Read what may be a pod's specification, and all that is in it."""
    for name, value in children(node):
        if name in _SKIPPED or id(value) in known or images.is_full:
            continue
        if name in _CONTAINERS:
            for container in maps(value):
                if id(container.get("image")) not in known:
                    _read_container(container, images, title, _CONTAINERS[name])
        elif name == "image" and isinstance(node, Map) and _may_be_image(value):
            _read_image(node, value, images, title)
        else:
            _read_pods(value, images, title, known)


def _read_image(parent: Map, image: Node, images: Images, title: str) -> None:
    """Read an image outside of a container: that of a volume, or one of unknown meaning."""
    reference = image.scalar("reference") if isinstance(image, Map) else None
    if reference is None or not reference.is_text:
        images.note(UNKNOWN_FIELDS)
    else:
        images.add(reference, _place(title, "volume", parent.text("name")))


def _place(title: str, word: str, name: str) -> str:
    return ", ".join(filter(None, (title, f"{word} {name}".rstrip())))


def _read_container(container: Map, images: Images, title: str, word: str) -> None:
    image = container.get("image")
    place = _place(title, word, container.text("name"))
    if isinstance(image, Scalar) and image.is_text:
        images.add(image, place)
    elif isinstance(image, Map) and images.text.startswith("{{", image.start):
        images.add_templated(image.start, place)


def _may_be_image(node: Node) -> bool:
    return isinstance(node, Map) or (isinstance(node, Scalar) and node.is_text)


def _note_embedded(manifest: Map, images: Images) -> None:
    for member in ("data", "stringData"):
        texts = manifest.map(member)
        for _name, text in texts.items() if texts is not None else ():
            if isinstance(text, Scalar) and "image:" in text.value:
                images.note(EMBEDDED)


def _read_helm_release(manifest: Map, images: Images) -> None:
    """Read the values of a release of Flux."""
    if values := manifest.map("spec", "values"):
        read_values_in(values, images, f"HelmRelease {_name_of(manifest)}: ")


def _read_argo(manifest: Map, images: Images) -> None:
    """Read an object of Argo: values and images of an Application, or containers."""
    kind = manifest.text("kind")
    if kind not in ("Application", "ApplicationSet"):
        _read_workload(manifest, images, kind, "argoproj.io")
        return
    path = ("spec",) if kind == "Application" else ("spec", "template", "spec")
    source = manifest.map(*path, "source")
    for each in [*([source] if source else []), *manifest.maps(*path, "sources")]:
        if values := each.map("helm", "valuesObject"):
            read_values_in(values, images, f"{kind} {_name_of(manifest)}: ")
        if "image" in each.text("helm", "values"):
            images.note(VALUES_AS_TEXT)


def _read_k3s_chart(manifest: Map, images: Images) -> None:
    """Tell of the values of a chart that k3s installs, which are a text."""
    if "image" in manifest.text("spec", "valuesContent"):
        images.note(VALUES_AS_TEXT)


def _read_istio(manifest: Map, images: Images) -> None:
    """Read an IstioOperator: Helm values, and the hub that Istio puts before names of images."""
    title = f"{manifest.text('kind')} {_name_of(manifest)}".strip()
    hub = manifest.scalar("spec", "hub")
    if hub is not None and hub.is_text:
        version = manifest.text("spec", "tag")
        images.note(ISTIO_HUB)
        images.add_fixed(hub, f"{title}, spec.hub", Fixed.SHARED, _with_tag(hub.value, version))
    if values := manifest.map("spec", "values"):
        read_values_in(values, images, f"{title}: ")
    if components := manifest.map("spec", "components"):
        _read_pods(components, images, title, set())


def _with_tag(hub: str, version: str) -> str:
    return f"{hub}/*:{version}" if version else f"{hub}/*"


# Groups of which the objects are not read as workloads.
_OTHERS: Final[Mapping[str, Callable[[Map, Images], None]]] = {
    "kustomize.config.k8s.io": read_kustomization_in,
    "helm.toolkit.fluxcd.io": _read_helm_release,
    "argoproj.io": _read_argo,
    "helm.cattle.io": _read_k3s_chart,
    "install.istio.io": _read_istio,
}
