"""Names and ARNs of accounts, secrets and roles.

Each `parse` raises InvalidIdentifier with the part that is wrong, so that a form can say which.
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
# The characters after the prefix, by ECR's `CredentialArn` pattern, which is narrower than
# Secrets Manager's.
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]+")
# The end of a complete ARN, which AWS adds to the name.
_ARN_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}\Z")
PRINCIPAL_ARN_MAX: Final = 200  # ECR, PrincipalArn
# ECR's `PrincipalArn` pattern.
_PRINCIPAL = re.compile(
    r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:(role|user)/[\w+=,.@-]+(/[\w+=,.@-]+)*", re.ASCII
)
_ROLE_PATH = re.compile(r"role/[\x21-\x7e]{1,576}")
# By ECR's `KmsKeyForRepositoryCreationTemplate`: no alias.
_KEY = re.compile(r"key/[a-z0-9-]+")


def is_access_key_id(text: str) -> bool:
    """Whether a text is the ID of an AWS access key, long-term or temporary."""
    return _ACCESS_KEY_ID.fullmatch(text.strip()) is not None


def is_account_id(text: str) -> bool:
    return _ACCOUNT_ID.fullmatch(text) is not None


def grouped_account_id(account_id: str) -> str:
    """Format an account ID like the AWS console: `1234-5678-9012`."""
    return "-".join(account_id[i : i + 4] for i in range(0, len(account_id), 4))


def full_secret_name(typed: str) -> str:
    """Return the name with ECR's fixed prefix, whether or not it was typed.

    Raises InvalidIdentifier: part `name` for characters that ECR does not accept, `length` for a
    name that is empty or longer than 512 characters with the prefix.
    """
    rest = typed.strip().removeprefix(SECRET_NAME_PREFIX)
    if not rest or len(SECRET_NAME_PREFIX) + len(rest) > SECRET_NAME_MAX:
        raise InvalidIdentifier("length", typed)
    if _SECRET_NAME.fullmatch(rest) is None:
        raise InvalidIdentifier("name", typed)
    return SECRET_NAME_PREFIX + rest


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretArn:
    """`arn:<partition>:secretsmanager:<region>:<account>:secret:ecr-pullthroughcache/<name>`.

    `resource_name` is the secret's name, with the random suffix if the ARN is complete. It does not
    tell where the name ends.
    """

    partition: str
    region: str
    account_id: str
    resource_name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a secret's ARN; raises InvalidIdentifier with the part that does not match."""
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
    def possible_names(self) -> tuple[str, ...]:
        """Return the names that the secret may have. Only AWS knows which of them it is.

        A complete ARN ends with a hyphen and six random characters. AWS accepts an ARN without this
        suffix too, and a name may end like a suffix: `prod-github`.
        """
        shorter = _ARN_SUFFIX.sub("", self.resource_name)
        names = (self.resource_name, shorter)
        return tuple(dict.fromkeys(name for name in names if name != SECRET_NAME_PREFIX))

    @property
    def text(self) -> str:
        """Return the ARN as text."""
        place = f"{self.region}:{self.account_id}"
        return f"arn:{self.partition}:secretsmanager:{place}:secret:{self.resource_name}"

    def check_belongs_to(self, target: Target) -> None:
        """Raise InvalidIdentifier unless it is in the rule's own account and Region."""
        if self.partition != "aws":  # guard: I3
            raise InvalidIdentifier("partition", self.partition)
        if self.region != target.region:  # guard: I3
            raise InvalidIdentifier("region", self.region)
        if self.account_id != target.account_id:  # guard: I3
            raise InvalidIdentifier("account", self.account_id)


def is_arn_of(arn: str, name: str) -> bool:
    """Whether a complete ARN, as AWS returns it, is that of a secret with this name."""
    resource = arn.rpartition(":")[2]
    suffix = resource.removeprefix(name)
    return suffix != resource and _ARN_SUFFIX.fullmatch(suffix) is not None


def expected_secret_arn(target: Target, name: str) -> str:
    """Return an ARN for a secret that is still to be created there; its suffix is made up."""
    return f"arn:aws:secretsmanager:{target.region}:{target.account_id}:secret:{name}-000000"


def ends_like_arn(name: str) -> bool:
    """Whether a name ends with a hyphen and six characters, like the random suffix of an ARN."""
    return _ARN_SUFFIX.search(name) is not None


def replica_arn(arn: str, region: str) -> str:
    """Return the ARN of a secret's replica in another Region; only the Region differs."""
    return replace(SecretArn.parse(arn), region=region).text


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleArn:
    """`arn:<partition>:iam::<account>:role/<path and name>`."""

    partition: str
    account_id: str
    resource_name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a role's ARN; raises InvalidIdentifier with the part that does not match."""
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
        """Return the role's name without its path."""
        return self.resource_name.rpartition("/")[2]

    def check_belongs_to(self, target: Target) -> None:
        """Raise InvalidIdentifier unless it is in the rule's own account."""
        if self.partition != "aws":  # guard: I4
            raise InvalidIdentifier("partition", self.partition)
        if self.account_id != target.account_id:  # guard: I4
            raise InvalidIdentifier("account", self.account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalArn:
    """`arn:<partition>:iam::<account>:<role or user>/<path and name>`, of any account.

    Of a role that a service or a person assumes, it is the role's ARN, not that of a session.
    """

    account_id: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the ARN of a role or user; raises InvalidIdentifier with the part that differs."""
        _partition, region, account_id, resource = _arn_parts(text, service="iam")
        if region:
            raise InvalidIdentifier("region", text)
        if not resource.startswith(("role/", "user/")):
            raise InvalidIdentifier("service", text)
        if len(text) > PRINCIPAL_ARN_MAX or _PRINCIPAL.fullmatch(text) is None:
            raise InvalidIdentifier("principal", text)
        return cls(account_id=account_id, resource=resource)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyArn:
    """`arn:<partition>:kms:<region>:<account>:key/<id>`, the key that encrypts repositories.

    The key may be of another account. ECR finds it in the Region of the repository only.
    """

    partition: str
    region: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a key's ARN; raises InvalidIdentifier with the part that does not match."""
        partition, region, _account_id, resource = _arn_parts(text, service="kms")
        if _KEY.fullmatch(resource) is None:
            raise InvalidIdentifier("key", text)
        return cls(partition=partition, region=region)

    def check_belongs_to(self, target: Target) -> None:
        """Raise InvalidIdentifier unless it is in the Region of the template."""
        if self.partition != "aws":
            raise InvalidIdentifier("partition", self.partition)
        if self.region != target.region:
            raise InvalidIdentifier("key-region", self.region)


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
