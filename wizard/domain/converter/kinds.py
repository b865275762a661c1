"""Tells of which kind a file is: by its name, or else by what it contains."""

import re
from collections.abc import Sequence
from typing import Final

from wizard.domain.converter.reading import BYTE_ORDER_MARK, Kind

_NAMES: Final[Sequence[tuple[str, Kind]]] = (
    (r"(?:.+[._-])?(?:docker|container)file(?:[._-].+)?", Kind.DOCKERFILE),
    (r"(?:.+[._-])?jenkinsfile(?:[._-].+)?|.+\.groovy", Kind.JENKINSFILE),
    (r"(?:docker-|podman-)?compose(?:[._-].+)?\.ya?ml", Kind.COMPOSE),
    (r"kustomization(?:\.ya?ml)?", Kind.KUSTOMIZATION),
    (r".*\.?gitlab-ci.*\.ya?ml", Kind.GITLAB_CI),
    (r"action\.ya?ml", Kind.GITHUB_WORKFLOW),
    (r"(?:.+[._-])?values(?:[._-].+)?\.ya?ml", Kind.HELM_VALUES),
    (r"(?:.+[._-])?task[._-]?def(?:inition)?s?(?:[._-].+)?\.json", Kind.ECS_TASK),
    (r".+\.json", Kind.PODS_JSON),
    (r".+\.(?:txt|list|lst)", Kind.IMAGE_LIST),
)
# What a text of a kind has, each pattern somewhere; the first kind that has all of its own is it.
_CONTENTS: Final[Sequence[tuple[Kind, Sequence[str]]]] = (
    (Kind.IMAGE_LIST, (r"\A\s*\[\s*['\"]",)),
    (Kind.ECS_TASK, (r"\A\s*(?:\{(?!\{)|\[)", r"\"[cC]ontainerDefinitions\"\s*:")),
    (Kind.ECS_TASK, (r"^(?:AWSTemplateFormatVersion|Resources):", r"^[ \t]+ContainerDefinitions:")),
    (Kind.PODS_JSON, (r"\A\s*(?:\{(?!\{)|\[)",)),
    (Kind.KUSTOMIZATION, (r"^apiVersion:[ \t]*['\"]?kustomize\.config\.k8s\.io/",)),
    (Kind.KUBERNETES, (r"^apiVersion:", r"^kind:")),
    (Kind.JENKINSFILE, (r"^[ \t]*(?:pipeline|node(?:\([^)\n]*\))?)[ \t]*\{",)),
    (Kind.JENKINSFILE, (r"^[ \t]*(?:@Library\(|podTemplate\(|docker\.(?:image|withRegistry)\()",)),
    (Kind.DOCKERFILE, (r"^[ \t]*[Ff][Rr][Oo][Mm][ \t]+\S",)),
    (Kind.GITHUB_WORKFLOW, (r"^['\"]?(?:on|true)['\"]?:", r"^jobs:")),
    (Kind.GITHUB_WORKFLOW, (r"^runs:", r"^[ \t]+using:")),
    (Kind.COMPOSE, (r"^services:[ \t]*(?:#.*)?\r?\n(?:[ \t]*(?:#.*)?\r?\n){0,9}[ \t]+[^-\s#]",)),
    (Kind.KUSTOMIZATION, (r"^images:", r"^[ \t-]+(?:newName|newTag|digest):")),
    (Kind.KUSTOMIZATION, (r"^(?:resources|bases|components|patches|configMapGenerator):",)),
    (Kind.GITLAB_CI, (r"^(?:stages|include|default|workflow|before_script):",)),
    (Kind.GITLAB_CI, (r"^[ \t]+(?:script|stage):",)),
    # The same key again and again is no mapping: lines that were picked out of files.
    (Kind.IMAGE_LIST, (r"\A[ \t]*(?:- *)?image:[^\n]+\n+[ \t]*(?:- *)?image:",)),
    (Kind.HELM_VALUES, (r"^[ \t]*[\"']?[\w.$-]+[\"']?:(?:[ \t]|\r?$)",)),
)
_PATTERNS: Final = [
    (kind, [re.compile(each, re.MULTILINE) for each in patterns]) for kind, patterns in _CONTENTS
]


def kind_of(name: str, text: str) -> Kind:
    """Return the kind of a file by its name, and if that tells nothing, by its text."""
    path = name.replace("\\", "/").lower()
    if ".github/workflows/" in path:
        return Kind.GITHUB_WORKFLOW
    for pattern, kind in _NAMES:
        if re.fullmatch(pattern, path.rpartition("/")[2]):
            return kind
    text = text.removeprefix(BYTE_ORDER_MARK)
    for kind, patterns in _PATTERNS:
        if all(pattern.search(text) for pattern in patterns):
            return kind
    return Kind.IMAGE_LIST
