"""What an ARN, or a text in place of one, is of: for words about the wrong kind."""

import re
from dataclasses import dataclass
from typing import Final

from wizard.domain.texts import gettext_noop as _

_ARN: Final = re.compile(r"arn:aws[a-z-]*:([a-z0-9-]*):[a-z0-9-]*:([0-9]{12}|aws|):(.+)", re.DOTALL)

# By service and the beginning of the resource; the first match applies.
_KINDS: Final = (
    ("iam", "instance-profile/", _("an instance profile")),
    ("iam", "role/aws-service-role/", _("a service-linked role")),
    ("iam", "role/", _("a role")),
    ("iam", "user/", _("an IAM user")),
    ("iam", "group/", _("an IAM group")),
    ("iam", "policy/", _("a policy")),
    ("iam", "mfa/", _("an MFA device")),
    ("iam", "oidc-provider/", _("an identity provider")),
    ("iam", "saml-provider/", _("an identity provider")),
    ("iam", "server-certificate/", _("a server certificate")),
    ("iam", "root", _("an account")),
    ("sts", "assumed-role/", _("a session of a role")),
    ("sts", "federated-user/", _("a federated user")),
    ("secretsmanager", "secret:", _("a secret")),
    ("kms", "key/", _("a KMS key")),
    ("kms", "alias/", _("a KMS key's alias")),
    ("ssm", "parameter/", _("a Systems Manager parameter")),
    ("ecr", "repository/", _("an ECR repository")),
)
_ANY_KIND: Final = _("another resource")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArn:
    """The kind of resource that an ARN is of, and the role that it leads to, if any."""

    service: str
    kind: str
    role_arn: str = ""


def found_arn(text: str) -> FoundArn | None:
    """Return what an ARN is of; None if the text is no ARN."""
    parts = _ARN.fullmatch(text.strip())
    if parts is None:
        return None
    service, account, resource = parts[1], parts[2], parts[3]
    kinds = (kind for of, begin, kind in _KINDS if of == service and resource.startswith(begin))
    role = ""
    if service == "sts" and resource.startswith("assumed-role/"):
        role = f"arn:aws:iam::{account}:role/{resource.split('/')[1]}"
    return FoundArn(service=service, kind=next(kinds, _ANY_KIND), role_arn=role)


# `123456789012.dkr.ecr.us-west-2.amazonaws.com/team/app:1`, also of dual-stack and FIPS endpoints.
_REGISTRY: Final = re.compile(
    r"(?:https?://)?(?P<account>[0-9]{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\."
    r"(?:amazonaws\.com|on\.aws)(?:/.*)?",
    re.DOTALL,
)
_REPOSITORY: Final = re.compile(
    r"arn:aws[a-z-]*:ecr:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):repository/.+", re.DOTALL
)


def account_and_region(text: str) -> tuple[str, str] | None:
    """Return account and Region of an ECR registry's URI or an ECR repository's ARN, or None."""
    text = text.strip()
    found = _REGISTRY.fullmatch(text) or _REPOSITORY.fullmatch(text)
    return (found["account"], found["region"]) if found else None
