"""An error for display: the texts of its class, and AWS's message."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain import errors
from wizard.domain.arn_kinds import found_arn
from wizard.words.texts import Text

# The Retry-After header after a failure of the console itself, such as a locked database.
RETRY_AFTER_SECONDS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorView:
    """An error for templates; all members except title, remedy and status may be empty.

    `message` is shown in addition to the console's texts. It is AWS's; if `is_of_aws` is False, it
    is the console's own about a call that AWS did not answer.
    """

    title: Text
    remedy: Text
    status: int
    field: str = ""
    message: str = ""
    code: str = ""
    operation: str = ""
    region: str = ""
    request_id: str = ""
    action: str = ""
    is_of_aws: bool = True


# The form fields of the wizard, and of templates, by members of the API.
_FIELD_OF_MEMBER = {
    "ecrRepositoryPrefix": "ecr_repository_prefix",
    "upstreamRepositoryPrefix": "upstream_repository_prefix",
    "upstreamRegistryUrl": "registry",
    "upstreamRegistry": "registry",
    "credentialArn": "secret",
    "customRoleArn": "custom_role_arn",
    "name": "secret_name",
    "prefix": "template_prefix",
    "appliedFor": "applied_for",
    "description": "description",
    "imageTagMutability": "image_tag_mutability",
    "imageTagMutabilityExclusionFilters": "exclusion_filters",
    "encryptionConfiguration": "encryption_type",
    "encryptionType": "encryption_type",
    "kmsKey": "kms_key",
    "resourceTags": "tags",
    "repositoryPolicy": "repository_policy",
    "lifecyclePolicy": "lifecycle_policy",
}
_NAMED_MEMBER = re.compile(r"at '(\w+)'")

IDENTIFIER_WORDING: Final[Mapping[str, Text]] = {
    "arn": _("This is not an ARN. An ARN begins with arn:aws: and has six parts."),
    "service": _("This ARN belongs to another type of resource."),
    "partition": _("This ARN belongs to another AWS partition."),
    "region": _(
        "This ARN belongs to another Region. The secret must be in the Region of the rule."
    ),
    "account": _("This ARN belongs to another account. It must be in the account of the rule."),
    "key": _("Enter the ARN of the key, with its ID. ECR doesn't accept the ARN of an alias."),
    "key-region": _(
        "This key belongs to another Region. The key must be in the Region of the repositories."
    ),
    "prefix": _("The secret's name must begin with ecr-pullthroughcache/."),
    "name": _("Use only letters, digits, and the characters / _ + = . @ and -."),
    "principal": _(
        "After role/ or user/, use only letters, digits, and the characters + = , . @ _ - and /."
        " The whole ARN can have up to 200 characters."
    ),
    "role-account": _(
        "This role belongs to another account than the one that you entered. Enter the ARN of a"
        " role in this account."
    ),
    "role-name": _(
        "After role/, enter the path, if the role has one, and a name of up to 64 letters, digits,"
        " and the characters + = , . @ _ and -."
    ),
    "service-role": _(
        "This is a service-linked role, which only the AWS service itself can assume. Enter the"
        " ARN of another role."
    ),
    "length": _("Enter a name of 1 to 491 characters after ecr-pullthroughcache/."),
}

IMAGE_WORDING: Final[Mapping[str, Text]] = {
    "image": _("Enter an image such as team/app:1.2, without spaces or uppercase letters."),
    "registry": _("This image belongs to another registry than the rule."),
    "own": _("This repository is in your private registry, but not under the rule's prefix."),
    "prefix": _("The upstream prefix of the rule doesn't include this image."),
    "length": _("The repository name would have more than 256 characters."),
}


def image_text(error: errors.InvalidImage) -> str:
    return str(IMAGE_WORDING[error.part])


def identifier_text(error: errors.InvalidIdentifier) -> str:
    found = found_arn(error.value)
    if error.part == "service" and found is not None:
        text = gettext("This is the ARN of %(kind)s, which you can't use here.")
        return text % {"kind": gettext(found.kind)}
    return str(IDENTIFIER_WORDING[error.part])


def error_view(error: errors.ConsoleError) -> ErrorView:
    """Return the error with translated texts and AWS's message."""
    details = {}
    remedy = gettext(error.remedy)
    if isinstance(error, errors.AwsError):
        record, hidden = errors.error_record(error), ("kind", *errors.ERROR_FLAGS)
        details = {name: record[name] for name in record if name not in hidden}
        details["is_of_aws"] = error.is_of_aws
    if isinstance(error, errors.AccessDenied):  # guard: F4
        details["action"] = error.action
    if isinstance(error, errors.InvalidIdentifier):
        remedy = f"{identifier_text(error)} {remedy}"
    return ErrorView(
        title=gettext(error.title),
        remedy=remedy,
        status=error.status,
        field=_field_of(error),
        **details,
    )


def error_line(error: errors.AwsError) -> str:
    """Return the console's title, AWS's message, and the request ID if there is one."""
    line = f"{error_view(error).title}: {error}"
    if not error.request_id:
        return line
    text = gettext("%(error)s (request ID %(request_id)s)")
    return text % {"error": line, "request_id": error.request_id}


def _field_of(error: errors.ConsoleError) -> str:
    """Return the wizard field that the error is about; empty if none."""
    if isinstance(error, errors.InvalidParameter):
        named = _NAMED_MEMBER.search(error.message)
        return _FIELD_OF_MEMBER.get(named[1], "") if named else ""
    return error.field
