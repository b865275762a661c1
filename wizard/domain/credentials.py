"""Upstream credentials, the secrets that contain them, and roles."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum

from wizard.domain.identifiers import SECRET_NAME_PREFIX, RoleArn
from wizard.domain.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A credential for an upstream registry. Its `repr` hides the token."""

    username: str
    access_token: str = field(repr=False)

    def secret_string(self) -> str:
        """Return the JSON that ECR reads, with the keys `username` and `accessToken`."""
        return json.dumps({"username": self.username, "accessToken": self.access_token})


class SecretProblem(StrEnum):
    """Why a rule with this secret does not work, or may not."""

    SCHEDULED_FOR_DELETION = "scheduled-for-deletion"
    EMPTY = "empty"
    CUSTOMER_KEY = "customer-key"
    NOT_FOUND = "not-found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret as returned by ListSecrets, without its value.

    `primary_region` is set for a replica, `deleted_at` for a secret scheduled for deletion.
    `replica_regions` is known for a single secret only, not in lists. `exists` is False for an ARN
    that was looked up and belongs to no secret; its name is a guess then.
    `owning_service` is the AWS service that manages the secret; only it may change the value.
    """

    arn: str
    name: str
    exists: bool = True
    has_value: bool = True
    deleted_at: datetime | None = None
    kms_key_id: str = ""
    primary_region: str = ""
    created_at: datetime | None = None
    changed_at: datetime | None = None
    replica_regions: tuple[str, ...] = ()
    owning_service: str = ""

    @property
    def short_name(self) -> str:
        """Return the name without ECR's fixed prefix."""
        return self.name.removeprefix(SECRET_NAME_PREFIX)

    def is_meant_by(self, arn: str | None) -> bool:
        """Whether a rule with this ARN uses the secret. AWS accepts it without the suffix too."""
        place, separator, _resource = self.arn.partition(":secret:")
        return arn in (self.arn, f"{place}{separator}{self.name}")

    @property
    def problem(self) -> SecretProblem | None:
        """Return the first known problem that keeps ECR from using the secret, or None."""
        if not self.exists:
            return SecretProblem.NOT_FOUND
        if self.deleted_at:
            return SecretProblem.SCHEDULED_FOR_DELETION
        if not self.has_value:
            return SecretProblem.EMPTY
        if self.has_customer_key:
            return SecretProblem.CUSTOMER_KEY
        return None

    @property
    def has_customer_key(self) -> bool:
        """Whether the key is customer-managed; AWS omits its own key or returns its alias."""
        return bool(self.kms_key_id) and not self.kms_key_id.endswith("alias/aws/secretsmanager")


@dataclass(frozen=True, slots=True, kw_only=True)
class IamRole:
    """An IAM role as returned by ListRoles.

    `trust` is that in pull through cache, and `trust_in_ecr` that in ECR, for a template.
    """

    arn: str
    name: str
    path: str
    trust: Trust
    trust_in_ecr: Trust


def namesake(arn: str, roles: Iterable[IamRole]) -> IamRole | None:
    """Return the role with the name in an ARN that is not its own, or None.

    The name of a role is unique in its account, whatever the path and the case. So there is no
    other role of that name.
    """
    name = RoleArn.parse(arn).name.lower()
    found = (role for role in roles if role.name.lower() == name and role.arn != arn)
    return next(found, None)


def similar_role(arn: str, roles: Iterable[IamRole]) -> IamRole | None:
    """Return the role whose name is most similar to the one in an ARN, or None."""
    named = {role.name.lower(): role for role in roles}
    close = get_close_matches(RoleArn.parse(arn).name.lower(), named, n=1, cutoff=0.75)
    return named[close[0]] if close else None
