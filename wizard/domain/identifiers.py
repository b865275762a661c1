"""Names and ARNs that people type or AWS hands out: accounts, secrets, roles.

Each `parse` takes the text apart and raises InvalidIdentifier naming the part that is wrong, so
that the form can say which.
"""

import re
from dataclasses import dataclass, replace
from typing import Final, Self

from wizard.domain.errors import InvalidIdentifier
from wizard.domain.regions import Target

SECRET_NAME_PREFIX: Final = "ecr-pullthroughcache/"  # noqa: S105 - the prefix ECR looks for
SECRET_NAME_MAX: Final = 512  # Secrets Manager, CreateSecret, the whole name

_ACCESS_KEY_ID = re.compile(r"A[KS]IA[A-Z0-9]{16}")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
# What may follow the prefix: the `CredentialArn` pattern of ECR, narrower than Secrets Manager's.
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]+")
_ARN_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")
_ROLE_PATH = re.compile(r"role/[\x21-\x7e]{1,576}")


def is_access_key_id(text: str) -> bool:
    """Whether a text is the id of an AWS access key, lasting or temporary."""
    return _ACCESS_KEY_ID.fullmatch(text.strip()) is not None


def is_account_id(text: str) -> bool:
    return _ACCOUNT_ID.fullmatch(text) is not None


def grouped_account_id(account_id: str) -> str:
    """Write an account id the way the AWS console does: `1234-5678-9012`."""
    return "-".join(account_id[i : i + 4] for i in range(0, len(account_id), 4))


def full_secret_name(typed: str) -> str:
    """Put ECR's fixed prefix before what was typed, once, however it was typed.

    Raises InvalidIdentifier: part `name` for characters ECR cannot refer to, `length` for a name
    that is empty or over 512 characters with its prefix.
    """
    rest = typed.strip().removeprefix(SECRET_NAME_PREFIX)
    if not rest or len(SECRET_NAME_PREFIX) + len(rest) > SECRET_NAME_MAX:
        raise InvalidIdentifier("length", typed)
    if _SECRET_NAME.fullmatch(rest) is None:
        raise InvalidIdentifier("name", typed)
    return SECRET_NAME_PREFIX + rest


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretArn:
    """`arn:<partition>:secretsmanager:<region>:<account>:secret:ecr-pullthroughcache/<name>`."""

    partition: str
    region: str
    account_id: str
    resource_name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a secret's ARN; raises InvalidIdentifier naming the part that does not fit."""
        partition, region, account_id, resource = _arn_parts(text, service="secretsmanager")
        if not resource.startswith("secret:"):
            raise InvalidIdentifier("service", text)
        name = resource.removeprefix("secret:")
        rest = name.removeprefix(SECRET_NAME_PREFIX)
        if rest == name:  # guard: I3
            raise InvalidIdentifier("prefix", text)
        if _SECRET_NAME.fullmatch(rest) is None:
            raise InvalidIdentifier("name", text)
        return cls(partition=partition, region=region, account_id=account_id, resource_name=name)

    @property
    def name(self) -> str:
        """The secret's name: what is left without the six characters AWS appends."""
        return _ARN_SUFFIX.sub("", self.resource_name)

    @property
    def text(self) -> str:
        """The whole ARN, as `parse` reads it."""
        place = f"{self.region}:{self.account_id}"
        return f"arn:{self.partition}:secretsmanager:{place}:secret:{self.resource_name}"

    @property
    def without_suffix(self) -> str:
        """The ARN without the six characters AWS appends, which AWS understands too."""
        return _ARN_SUFFIX.sub("", self.text)

    def check_belongs_to(self, target: Target) -> None:
        """ECR reads a secret only in the rule's own account and Region."""
        if self.partition != "aws":  # guard: I3
            raise InvalidIdentifier("partition", self.partition)
        if self.region != target.region:  # guard: I3
            raise InvalidIdentifier("region", self.region)
        if self.account_id != target.account_id:  # guard: I3
            raise InvalidIdentifier("account", self.account_id)


def replica_arn(arn: str, region: str) -> str:
    """The ARN that a secret's replica has in another Region: the same but for the Region."""
    return replace(SecretArn.parse(arn), region=region).text


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleArn:
    """`arn:<partition>:iam::<account>:role/<path and name>`."""

    partition: str
    account_id: str
    resource_name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a role's ARN; raises InvalidIdentifier naming the part that does not fit."""
        partition, region, account_id, resource = _arn_parts(text, service="iam")
        if region:
            raise InvalidIdentifier("region", text)
        if _ROLE_PATH.fullmatch(resource) is None:
            raise InvalidIdentifier("name", text)
        return cls(
            partition=partition,
            account_id=account_id,
            resource_name=resource.removeprefix("role/"),
        )

    @property
    def name(self) -> str:
        """The role's name without its path."""
        return self.resource_name.rpartition("/")[2]

    def check_belongs_to(self, target: Target) -> None:
        """The role a rule uses lives in the rule's own account, also across accounts."""
        if self.partition != "aws":  # guard: I4
            raise InvalidIdentifier("partition", self.partition)
        if self.account_id != target.account_id:  # guard: I4
            raise InvalidIdentifier("account", self.account_id)


def _arn_parts(text: str, *, service: str) -> tuple[str, str, str, str]:
    """Split an ARN of `service` into partition, region, account and resource."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1].startswith("aws"):
        raise InvalidIdentifier("arn", text)
    _, partition, found_service, region, account_id, resource = parts
    if found_service != service:
        raise InvalidIdentifier("service", text)
    if not is_account_id(account_id):
        raise InvalidIdentifier("account", text)
    return partition, region, account_id, resource
