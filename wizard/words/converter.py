"""Texts about converted files: kinds of files, why an image stays as it is, where images come from.

The problems and notes of a file are texts of the domain, translated here.
"""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain.converter import Converted, Finding, Fixed, Kind, Problem, Route
from wizard.words.texts import Text

KIND_LABELS: Final[Mapping[Kind, Text]] = {
    Kind.DOCKERFILE: _("Dockerfile"),
    Kind.COMPOSE: _("Compose file"),
    Kind.KUBERNETES: _("Kubernetes manifest"),
    Kind.HELM_VALUES: _("Helm values"),
    Kind.KUSTOMIZATION: _("Kustomization"),
    Kind.GITHUB_WORKFLOW: _("GitHub Actions workflow"),
    Kind.GITLAB_CI: _("GitLab CI/CD configuration"),
    Kind.JENKINSFILE: _("Jenkinsfile"),
    Kind.IMAGE_LIST: _("List of images"),
    Kind.PODS_JSON: _("Pods in JSON"),
    Kind.ECS_TASK: _("Amazon ECS task definition"),
}

_FINDINGS: Final[Mapping[Finding, Text]] = {
    Finding.THROUGH: _("Pulls through the rule already"),
    Finding.OWN: _("In this private registry, and no rule covers it"),
    Finding.UPSTREAM: _("Not in this private registry"),
    Finding.NO_RULE: _("No rule for this registry"),
    Finding.OUTSIDE: _("The upstream prefix of the rule doesn't include this image"),
    Finding.COVERED: _("Under the rule's prefix, a rule with a longer prefix covers this name"),
    Finding.UNSUPPORTED: _("Pull through cache doesn't support this registry"),
    Finding.TOO_LONG: _("The repository name would have more than 256 characters"),
    Finding.INVALID: _("Not the name of an image"),
}

# By the value, in the order of the enumeration.
_FIXED: Final[Mapping[str, Text]] = {
    "templated": _("A template makes this name"),
    "variable": _("The value of a variable isn't in the file"),
    "built": _("The file builds this image"),
    "invalid": _("Not the name of an image"),
    "selector": _("This name selects what another value replaces"),
    "shared": _("Other names in the file use the same text"),
}

ROUTES: Final[Mapping[Route, Text]] = {
    Route.THROUGH: _("Through a rule"),
    Route.BARE: _("The name has no registry, so the image comes from Docker Hub"),
    Route.UPSTREAM: _("The name has the upstream registry, although there is a rule"),
    Route.NO_NAMESPACE: _("The name lacks library/, so the pull through the rule fails"),
    Route.NO_RULE: _("No rule for this registry"),
    Route.OUTSIDE: _("The rules for this registry don't include this image"),
    Route.OTHER_REGION: _("This account's private registry in another Region"),
    Route.OTHER_ACCOUNT: _("The private registry of another account"),
    Route.OWN: _("In this private registry, and no rule covers it"),
    Route.UNSUPPORTED: _("Pull through cache doesn't support this registry"),
    Route.UNKNOWN: _("The ID of an image, or not a name"),
}


def unconverted_text(line: Converted) -> Text:
    """Return why a reference stays as it is; empty for one that is converted."""
    if line.mapped is None:
        return _FIXED[line.occurrence.fixed.value] if line.occurrence.fixed else ""
    if line.mapped.finding is Finding.MAPPED:
        return _FIXED[Fixed.SHARED.value] if line.is_shared else ""
    return _FINDINGS[line.mapped.finding]


def file_problem_text(problem: Problem) -> str:
    """Return why a file cannot be read from a place on, with the place."""
    place = {
        "line": problem.line,
        "column": problem.column,
        "words": gettext(problem.message),
    }
    return gettext("Line %(line)d, column %(column)d: %(words)s") % place
