"""The policies of the role in an account: whom it trusts, and what it allows.

`ACCOUNT` stands for the account in a policy that is the same in many accounts. Formats replace it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from wizard.domain.permissions import Feature, PolicyPlace, console_policy, permissions_of
from wizard.domain.principals import Principal, PrincipalKind

ACCOUNT: Final = "<account>"
POLICY_NAME: Final = "PtcConsole"
# IAM, managed policies: characters without blanks.
POLICY_MAX: Final = 6144

# What the role allows at most. The others are about the account of the console's credentials, or
# something that AWS asks for only in some accounts.
FEATURES: Final = tuple(
    feature
    for feature in Feature
    if feature not in (Feature.READ, Feature.SECRET_VALUES, Feature.ACCOUNTS, Feature.ORGANIZATION)
)


class TrustKind(StrEnum):
    """Whom the trust policy names: the console itself, or its account with a condition."""

    PRINCIPAL = "principal"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """The console's principal for a trust policy.

    `arn` is that of its role or user, with its path. It is empty if the path is not known; then the
    trust policy names the account, and the principal by patterns.
    """

    principal: Principal
    arn: str = ""

    @property
    def can_assume(self) -> bool:
        """Whether AWS lets such a principal assume roles at all."""
        return self.principal.kind in (PrincipalKind.ROLE, PrincipalKind.USER)

    @property
    def patterns(self) -> list[str]:
        """Return the values of `aws:PrincipalArn` that the principal can have."""
        if self.arn:
            return [self.arn]
        name, place = self.principal.name, f"arn:aws:iam::{self.principal.account_id}:role/"
        return [f"{place}{name}", f"{place}*/{name}"]


def trust_policy(trusted: Trusted, external_id: Any, *, kind: TrustKind) -> dict[str, Any]:
    """Return the trust policy of the role; `external_id` may be an expression of a format."""
    condition: dict[str, Any] = {"StringEquals": {"sts:ExternalId": external_id}}
    principal = trusted.arn
    if kind is TrustKind.ACCOUNT or not principal:
        principal = f"arn:aws:iam::{trusted.principal.account_id}:root"
        patterns = trusted.patterns
        condition["ArnLike"] = {"aws:PrincipalArn": patterns[0] if len(patterns) == 1 else patterns}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "PtcConsole",
                "Effect": "Allow",
                "Principal": {"AWS": principal},
                "Action": "sts:AssumeRole",
                "Condition": condition,
            }
        ],
    }


def role_policy(account_id: str = ACCOUNT, *, is_read_only: bool = False) -> dict[str, Any]:
    """Return what the role allows: every feature, or viewing and validating rules only.

    It names no Regions, so that it does not grow with them.
    """
    features = () if is_read_only else FEATURES
    return console_policy(permissions_of(features), PolicyPlace(account_id=account_id))


def assuming_policy() -> dict[str, Any]:
    """Return what the console's own role or user needs to assume the roles."""
    permissions = [
        each for each in permissions_of((Feature.ACCOUNTS,)) if Feature.ACCOUNTS in each.features
    ]
    return console_policy(permissions, PolicyPlace())


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSetup:
    """What is needed to create the role in one account or in many.

    `external_ids` are by account ID. `path` begins and ends with a slash.
    """

    name: str
    path: str
    trusted: Trusted
    kind: TrustKind
    external_ids: Mapping[str, str]
    is_read_only: bool = False

    def trust(self, external_id: Any) -> dict[str, Any]:
        return trust_policy(self.trusted, external_id, kind=self.kind)

    def policy(self, account_id: str = ACCOUNT) -> dict[str, Any]:
        return role_policy(account_id, is_read_only=self.is_read_only)
