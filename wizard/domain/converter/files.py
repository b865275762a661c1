"""Reads a file of any kind: within the limits, by the reader of its kind."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from wizard.domain.converter import limits
from wizard.domain.converter.dockerfile import read_dockerfile
from wizard.domain.converter.image_lists import read_image_list
from wizard.domain.converter.jenkinsfiles import read_jenkinsfile
from wizard.domain.converter.kinds import kind_of
from wizard.domain.converter.reading import Kind, Problem, Reading
from wizard.domain.converter.yaml_files import (
    read_compose,
    read_github,
    read_gitlab,
    read_helm_values,
    read_kubernetes,
    read_kustomization,
    read_pods,
    read_task_definitions,
)

# The reader of each kind.
READERS: Final[Mapping[Kind, Callable[[str], Reading]]] = {
    Kind.DOCKERFILE: read_dockerfile,
    Kind.COMPOSE: read_compose,
    Kind.KUBERNETES: read_kubernetes,
    Kind.HELM_VALUES: read_helm_values,
    Kind.KUSTOMIZATION: read_kustomization,
    Kind.GITHUB_WORKFLOW: read_github,
    Kind.GITLAB_CI: read_gitlab,
    Kind.JENKINSFILE: read_jenkinsfile,
    Kind.IMAGE_LIST: read_image_list,
    Kind.PODS_JSON: read_pods,
    Kind.ECS_TASK: read_task_definitions,
}


def read(text: str, kind: Kind | None = None) -> Reading:
    """Return the references of a text; its kind is guessed unless it is given. Raises Refused."""
    limits.check(text)
    return _shortened(READERS[kind or kind_of("", text)](text))


def _shortened(reading: Reading) -> Reading:
    """Return the reading with as many occurrences as a page can show."""
    kept = reading.occurrences[: limits.MOST_OCCURRENCES]
    if len(kept) == len(reading.occurrences):
        return reading
    last = kept[-1]
    problem = Problem(line=last.line, column=last.column, message=limits.TOO_MANY)
    return replace(reading, occurrences=kept, problem=problem)
