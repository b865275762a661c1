"""Texts about repository creation templates."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain.template_checks import JsonProblem
from wizard.domain.templates import Around, RoleProblem, Trap
from wizard.words.texts import Text

# The names of the AWS console for values of the API; another value is shown as it is.
MUTABILITY: Final[Mapping[str, Text]] = {
    "MUTABLE": _("Mutable"),
    "IMMUTABLE": _("Immutable"),
    "MUTABLE_WITH_EXCLUSION": _("Mutable with exclusion"),
    "IMMUTABLE_WITH_EXCLUSION": _("Immutable with exclusion"),
}
ENCRYPTION: Final[Mapping[str, Text]] = {
    "AES256": _("AES-256"),
    "KMS": _("AWS KMS"),
    "KMS_DSSE": _("AWS KMS, dual-layer"),
}
APPLIED_FOR_LABELS: Final[Mapping[str, Text]] = {
    "PULL_THROUGH_CACHE": _("Pull through cache"),
    "CREATE_ON_PUSH": _("Create on push"),
    "REPLICATION": _("Replication"),
}
SETTING_LABELS: Final[Mapping[str, Text]] = {
    "prefix": _("Prefix"),
    "applied_for": _("Applied for"),
    "description": _("Template description"),
    "image_tag_mutability": _("Image tag mutability"),
    "exclusion_filters": _("Tag exclusions"),
    "encryption_type": _("Encryption type"),
    "kms_key": _("KMS key"),
    "repository_policy": _("Repository permissions"),
    "lifecycle_policy": _("Repository lifecycle policy"),
    "tags": _("Repository AWS tags"),
    "custom_role_arn": _("Repository creation role"),
}
TRAPS: Final[Mapping[Trap, Text]] = {
    Trap.NEEDS_ROLE: _(
        "The template sets tags or a KMS key, but has no role. ECR can't create repositories with"
        " it, and pulls fail as if the image didn't exist. Add a role that ecr.amazonaws.com can"
        " assume."
    ),
    Trap.IMMUTABLE: _(
        "Tags are immutable. ECR can't replace the image of a tag that changed in the upstream"
        " registry, so pulls keep getting the first one."
    ),
    Trap.NO_LIFECYCLE: _(
        "The template has no lifecycle policy. ECR keeps every image that is pulled through the"
        " cache, and you pay for its storage."
    ),
}


ROLE_PROBLEMS: Final[Mapping[RoleProblem, Text]] = {
    RoleProblem.MISSING: _(
        "IAM has no role with the ARN of the repository creation role. ECR can't create"
        " repositories with it, and pulls fail as if the image didn't exist. Check the ARN, also"
        " the path of the role."
    ),
    RoleProblem.NOT_TRUSTING: _(
        "The trust policy of the repository creation role doesn't let ECR assume it. ECR can't"
        " create repositories with it, and pulls fail as if the image didn't exist. Allow"
        " ecr.amazonaws.com in the trust policy, or choose another role."
    ),
}


def around_texts(around: Around) -> list[str]:
    """Return what the templates around one mean for the repositories under its prefix."""
    texts = []
    if around.shorter is not None:
        text = gettext(
            "The template %(prefix)s applies to these repositories now. It no longer applies to new"
            " ones, not even for settings that this template doesn't have."
        )
        texts.append(text % {"prefix": around.shorter.prefix})
    if around.longer:
        text = gettext(
            "Templates with a longer prefix still apply to the repositories below it: %(prefixes)s."
        )
        prefixes = ", ".join(each.prefix for each in around.longer)
        texts.append(text % {"prefixes": prefixes})
    return texts


def json_text(problem: JsonProblem) -> str:
    """Return why a policy is no JSON object, and where."""
    if problem.is_too_deep:
        return gettext("The policy is nested too deeply to be read.")
    if not problem.line:
        return gettext("Enter the policy as a JSON object, which begins with { and ends with }.")
    text = gettext(
        "The policy isn't valid JSON. The error is in line %(line)d, at character %(column)d."
    )
    return text % {"line": problem.line, "column": problem.column}
