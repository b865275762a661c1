"""Who the console is for AWS: the ARN of GetCallerIdentity, and whose policies count for it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_CALLER: Final = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>iam|sts)::(?P<account>[0-9]{12}):"
    r"(?P<resource>[\x21-\x7e]{1,1024})"
)
_SSO_ROLE: Final = "AWSReservedSSO_"


class PrincipalKind(StrEnum):
    """The kinds of callers."""

    USER = "user"
    ROLE = "role"
    ROOT = "root"
    FEDERATED = "federated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller. `arn` is what STS said; `name` is that of the user or role, without its path."""

    arn: str
    kind: PrincipalKind = PrincipalKind.UNKNOWN
    partition: str = "aws"
    account_id: str = ""
    name: str = ""

    @property
    def is_of_identity_center(self) -> bool:
        """Whether the role belongs to IAM Identity Center, where its policies are edited."""
        return self.kind is PrincipalKind.ROLE and self.name.startswith(_SSO_ROLE)

    @property
    def role_arn_without_path(self) -> str:
        """Return the ARN that the role of a session has if it has no path."""
        return f"arn:{self.partition}:iam::{self.account_id}:role/{self.name}"


def is_one_of(principal: Principal, arns: Iterable[str]) -> bool:
    """Whether a caller is one of these roles and users; the path of a role does not count.

    The ARN of a session of a role has no path.
    """
    if principal.kind not in (PrincipalKind.USER, PrincipalKind.ROLE):
        return False
    same = (principal.kind, principal.account_id, principal.name)
    found = map(parse_principal, arns)
    return any((each.kind, each.account_id, each.name) == same for each in found)


def parse_principal(arn: str) -> Principal:
    """Return the caller with this ARN; of kind UNKNOWN for one of another form."""
    parts = _CALLER.fullmatch(arn)
    if parts is None:
        return Principal(arn=arn)
    kind, name = _kind_and_name(parts["service"], parts["resource"])
    return Principal(
        arn=arn,
        kind=kind,
        partition=parts["partition"],
        account_id=parts["account"],
        name=name,
    )


def _kind_and_name(service: str, resource: str) -> tuple[PrincipalKind, str]:
    kind, *rest = resource.split("/")
    if (service, resource) == ("iam", "root"):
        return PrincipalKind.ROOT, "root"
    if (service, kind) == ("iam", "user") and rest and rest[-1]:
        return PrincipalKind.USER, rest[-1]
    if (service, kind) == ("sts", "assumed-role") and len(rest) >= 2 and rest[0]:
        return PrincipalKind.ROLE, rest[0]
    if (service, kind) == ("sts", "federated-user") and rest:
        return PrincipalKind.FEDERATED, rest[0]
    return PrincipalKind.UNKNOWN, ""
