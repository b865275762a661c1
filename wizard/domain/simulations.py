"""Questions to IAM about what a principal may do, and its decisions."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from wizard.domain.permissions import (
    Permission,
    PolicyPlace,
    Statement,
    context_of,
    resources_of,
)
from wizard.domain.regions import Target


class Verdict(StrEnum):
    """The values of IAM's `EvalDecision`; UNKNOWN for any other."""

    ALLOWED = "allowed"
    IMPLICIT_DENY = "implicitDeny"
    EXPLICIT_DENY = "explicitDeny"
    UNKNOWN = "unknown"


class DeniedBy(StrEnum):
    """What denies an action besides the policies of the principal."""

    ORGANIZATION = "organization"
    BOUNDARY = "boundary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Actions on one resource, with the condition keys that the requests carry."""

    actions: tuple[str, ...]
    resource: str
    context: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What IAM says about one action.

    `missing_keys` are condition keys of the policies whose values IAM was not given. A denial with
    such keys may be none.
    """

    action: str
    resource: str
    verdict: Verdict
    denied_by: DeniedBy | None = None
    missing_keys: tuple[str, ...] = ()

    @property
    def is_denied(self) -> bool:
        return self.verdict in (Verdict.IMPLICIT_DENY, Verdict.EXPLICIT_DENY)

    @property
    def is_certain(self) -> bool:
        return self.verdict is not Verdict.UNKNOWN and not (self.is_denied and self.missing_keys)


def questions(
    permissions: Iterable[Permission],
    *,
    target: Target,
    partition: str,
    principal_arn: str,
    resources: dict[Statement, str] | None = None,
) -> list[Question]:
    """Return the questions about these actions in a Region, each about one resource.

    `resources` are narrower than those of the table: the secret or the role of a journey.
    """
    place = PolicyPlace(account_id=target.account_id, regions=(target.region,), partition=partition)
    narrower = {Statement.SIMULATION: principal_arn, **(resources or {})}
    known = {
        "aws:PrincipalAccount": target.account_id,
        "aws:PrincipalArn": principal_arn,
        "aws:ResourceAccount": target.account_id,
        "aws:SecureTransport": "true",
    }
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for each in permissions:
        kind = each.statement
        resource = narrower.get(kind) or next(resources_of(kind, place))
        context = tuple(sorted((known | context_of(kind, target.region)).items()))
        found.setdefault((resource, context), []).append(each.action)
    return [
        Question(actions=tuple(actions), resource=resource, context=context)
        for (resource, context), actions in found.items()
    ]
