"""Reads the kinds of files that are YAML, by the places of their values. Nothing writes YAML."""

from wizard.domain.converter.yaml_files.compose_files import read_compose
from wizard.domain.converter.yaml_files.ecs import read_task_definitions
from wizard.domain.converter.yaml_files.github import read_github
from wizard.domain.converter.yaml_files.gitlab import read_gitlab
from wizard.domain.converter.yaml_files.helm_values import read_helm_values
from wizard.domain.converter.yaml_files.kubernetes import read_kubernetes, read_pods
from wizard.domain.converter.yaml_files.kustomization import read_kustomization

__all__ = [
    "read_compose",
    "read_github",
    "read_gitlab",
    "read_helm_values",
    "read_kubernetes",
    "read_kustomization",
    "read_pods",
    "read_task_definitions",
]
