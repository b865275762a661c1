"""Reads pipelines of GitLab: the images and services of jobs, and those that are their defaults.

Format: docs.gitlab.com, "CI/CD YAML syntax reference". Nothing that other files have is read.
"""

from typing import Final

from wizard.domain.converter.reading import Kind, Reading
from wizard.domain.converter.yaml_files.documents import read_documents
from wizard.domain.converter.yaml_files.images import Images
from wizard.domain.converter.yaml_files.nodes import List, Map, Node, Scalar
from wizard.domain.texts import gettext_noop as _

OTHER_FILES: Final = _("The pipeline includes other files. Convert each of them, too.")
# Keys at the top that are no jobs. `default` and the hidden jobs have images as jobs have.
_NO_JOBS: Final = frozenset(
    (
        *("stages", "variables", "workflow", "include", "cache", "spec", "before_script"),
        *("after_script", "artifacts", "image", "services"),
    )
)
_REFERENCE_TAG: Final = "!reference"


def read_gitlab(text: str) -> Reading:
    """Read a pipeline."""
    return read_documents(text, Kind.GITLAB_CI, _read_file)


def _read_file(document: Node, images: Images) -> None:
    if not isinstance(document, Map):
        return
    if document.get("include") is not None:
        images.note(OTHER_FILES)
    _read_job(document, images, "")
    for name, job in document.items():
        if isinstance(job, Map) and name not in _NO_JOBS:
            _read_job(job, images, f"{name}.")


def _read_job(job: Map, images: Images, path: str) -> None:
    _add(job.get("image"), images, f"{path}image")
    services = job.get("services")
    if isinstance(services, List) and services.tag != _REFERENCE_TAG:
        for number, service in enumerate(services.items, start=1):
            alias = service.text("alias") if isinstance(service, Map) else ""
            place = f"{path}services {alias or number}"
            # GitLab flattens the list that an alias puts into a list.
            if isinstance(service, List) and service.tag == _REFERENCE_TAG:
                continue
            for each in service.items if isinstance(service, List) else [service]:
                _add(each, images, place)


def _add(image: Node | None, images: Images, place: str) -> None:
    """Add an image, or the one that a mapping names. `!reference` is read where it points."""
    if isinstance(image, Map):
        image = image.get("name")
    if isinstance(image, Scalar) and image.is_text and image.value:
        images.add(image, place)
