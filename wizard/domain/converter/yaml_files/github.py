"""Reads workflows and actions of GitHub: the containers of jobs, services and steps.

Format: docs.github.com, "Workflow syntax for GitHub Actions" and "Metadata syntax".
"""

import re
from typing import Final

from wizard.domain.converter.reading import Kind, Reading
from wizard.domain.converter.yaml_files.documents import read_documents
from wizard.domain.converter.yaml_files.images import Images
from wizard.domain.converter.yaml_files.nodes import List, Map, Node, Scalar

_DOCKER: Final = "docker://"
_MATRIX: Final = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")


def read_github(text: str) -> Reading:
    """Read a workflow or an action."""
    return read_documents(text, Kind.GITHUB_WORKFLOW, _read_file)


def _read_file(document: Node, images: Images) -> None:
    if not isinstance(document, Map):
        return
    jobs = document.map("jobs")
    for name, job in jobs.items() if jobs is not None else ():
        if isinstance(job, Map):
            _read_job(job, images, f"jobs.{name}")
    if runs := document.map("runs"):
        _add_used(runs.scalar("image"), images, "runs.image")
        _read_steps(runs, images, "runs")


def _read_job(job: Map, images: Images, place: str) -> None:
    _add_container(job, job.get("container"), images, f"{place}.container")
    services = job.map("services")
    for name, service in services.items() if services is not None else ():
        _add_container(job, service, images, f"{place}.services.{name}")
    _read_steps(job, images, place)


def _add_container(job: Map, container: Node | None, images: Images, place: str) -> None:
    """Add a container, which is an image or has one, or takes it from the matrix of its job."""
    if isinstance(container, Map):
        container = container.get("image")
        place = f"{place}.image"
    if not isinstance(container, Scalar) or not container.is_text or not container.value:
        return
    values = _values_of_matrix(job, container.value)
    for value in values:
        images.add(value, f"{place} (matrix)")
    if not values:
        prefix = _DOCKER if container.value.startswith(_DOCKER) else ""
        images.add(container, place, prefix=prefix)


def _values_of_matrix(job: Map, value: str) -> list[Scalar]:
    """Return the values of the matrix that an expression takes, unless one is no text."""
    found = _MATRIX.fullmatch(value.strip())
    matrix = job.map("strategy", "matrix")
    if found is None or matrix is None:
        return []
    listed = matrix.get(found[1])
    values = [*listed.items] if isinstance(listed, List) else []
    values += [each for more in matrix.maps("include") if (each := more.get(found[1]))]
    texts = [each for each in values if isinstance(each, Scalar) and each.is_text and each.value]
    return texts if len(texts) == len(values) else []


def _read_steps(parent: Map, images: Images, place: str) -> None:
    for number, step in enumerate(parent.maps("steps"), start=1):
        _add_used(step.scalar("uses"), images, f"{place}.steps {step.text('name') or number}")


def _add_used(uses: Scalar | None, images: Images, place: str) -> None:
    if uses is not None and uses.value.startswith(_DOCKER):
        images.add(uses, place, prefix=_DOCKER)
