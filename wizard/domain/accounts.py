"""The role by which the console works in an account, and the external IDs that it makes."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from wizard.domain.errors import InvalidIdentifier
from wizard.domain.identifiers import RoleArn

# The name that the console proposes for the role, and that its own policy allows to assume.
ROLE_NAME: Final = "PtcConsole"
ALIAS_MAX: Final = 64
OWNER_MAX: Final = 128
ROLE_ARN_MAX: Final = 2048  # STS, AssumeRole, RoleArn

_SERVICE_PATH: Final = "aws-service-role/"
# IAM, Role: the path consists of any characters between slashes, the name of these.
_ROLE: Final = re.compile(r"(?:[\x21-\x7e]{1,510}/)?(?P<name>[\w+=,.@-]{1,64})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRole:
    """The role that the console assumes in an account, with the external ID that it sends."""

    account_id: str
    role_arn: str
    external_id: str = field(repr=False)


def new_external_id() -> str:
    """Return a new external ID: 128 random bits that STS accepts and nobody has to type."""
    return f"ptc-{secrets.token_hex(16)}"


def role_arn_of(account_id: str, name: str = ROLE_NAME) -> str:
    """Return the ARN of the account's role with this name, which may begin with a path."""
    return f"arn:aws:iam::{account_id}:role/{name.strip('/')}"


def role_name_of(role_arn: str) -> str:
    """Return the name of a role with its path, as lists show it; what is no ARN stays as it is."""
    try:
        return RoleArn.parse(role_arn).resource_name
    except InvalidIdentifier:
        return role_arn


def path_and_name_of(role_arn: str) -> tuple[str, str]:
    """Return the path of a role, which begins and ends with a slash, and its name."""
    path, _slash, name = RoleArn.parse(role_arn).resource_name.rpartition("/")
    return f"/{path}/" if path else "/", name


def check_role_arn(arn: str, *, account_id: str) -> None:
    """Raise InvalidIdentifier with the part for which the console cannot use the role.

    Parts are those of `RoleArn`, and `role-account` for a role of another account than the given
    one, `role-name` for a name that IAM does not have, `service-role` for a service-linked role.
    """
    role = RoleArn.parse(arn)
    if role.partition != "aws":
        raise InvalidIdentifier("partition", arn)
    if role.account_id != account_id:  # guard: Z5
        raise InvalidIdentifier("role-account", arn)
    if role.resource_name.startswith(_SERVICE_PATH):
        raise InvalidIdentifier("service-role", arn)
    if _ROLE.fullmatch(role.resource_name) is None or len(arn) > ROLE_ARN_MAX:
        raise InvalidIdentifier("role-name", arn)
