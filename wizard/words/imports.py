"""Texts about imports: why a text cannot be read, and what the plan says of a rule."""

from collections.abc import Iterable, Mapping
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain import NewRule
from wizard.domain.imports import ImportProblem
from wizard.domain.prefixes import prefix_problem
from wizard.words.choices import prefix_text
from wizard.words.texts import Text

_MEMBERS: Final[Mapping[str, Text]] = {
    "ecr_repository_prefix": _("Amazon ECR repository prefix"),
    "upstream_registry_url": _("upstream registry URL"),
    "upstream_registry": _("upstream registry"),
    "upstream_repository_prefix": _("upstream repository prefix"),
    "credential_arn": _("secret ARN"),
    "custom_role_arn": _("role ARN"),
    "account_id": _("account"),
    "region": _("Region"),
}


def import_problem_text(problem: ImportProblem) -> str:
    """Return why a text cannot be read, after its line and column."""
    words = gettext(problem.text) % {"name": problem.name}
    if problem.spot is None:
        return words
    place = {"line": problem.spot.line, "column": problem.spot.column, "words": words}
    return gettext("Line %(line)d, column %(column)d: %(words)s") % place


def invalid_rule_text(member: str, rule: NewRule) -> str:
    """Return why AWS would refuse a rule with this member."""
    if member == "ecr_repository_prefix" and (found := prefix_problem(rule.ecr_repository_prefix)):
        return prefix_text(found)
    given = getattr(rule, member)
    texts = {
        "upstream_registry_url": gettext("Pull through cache doesn't support this upstream."),
        "upstream_repository_prefix": gettext(
            "The upstream repository prefix isn't valid, or can't be used with this prefix."
        ),
        "credential_arn": gettext("This upstream registry doesn't use a secret.")
        if given
        else gettext("This upstream registry needs the ARN of a secret."),
        "custom_role_arn": gettext("This upstream registry doesn't use a role.")
        if given
        else gettext("This upstream registry needs the ARN of a role."),
    }
    return texts.get(member, member)


def members_text(names: Iterable[str]) -> str:
    """Return the members of a rule in words, in one text."""
    return ", ".join(str(_MEMBERS.get(name, name)) for name in names)
