"""What IAM says that the console's credentials may do, beside what AWS refused lately.

Where IAM cannot be asked, or does not answer, the result says why, and nothing is concluded.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from wizard.backend import clients
from wizard.backend.refusals import Refusal, refusals
from wizard.domain import Target
from wizard.domain.errors import AccessDenied, AwsError, RoleNotFound
from wizard.domain.permissions import OF_ONE_ACCOUNT, Journey, Permission, Statement, needed_by
from wizard.domain.principals import Principal, PrincipalKind
from wizard.domain.simulations import Decision, questions
from wizard.services.permissions.asking import Failure, answers, policy_source


class Obstacle(StrEnum):
    """Why IAM told nothing, or not everything."""

    ROOT = "root"
    FEDERATED = "federated"
    UNKNOWN_PRINCIPAL = "unknown principal"
    NOT_FOUND = "not found"
    NOT_PERMITTED = "not permitted"
    NO_ANSWER = "no answer"


_OF_KIND: Final[Mapping[PrincipalKind, Obstacle]] = {
    PrincipalKind.ROOT: Obstacle.ROOT,
    PrincipalKind.FEDERATED: Obstacle.FEDERATED,
    PrincipalKind.UNKNOWN: Obstacle.UNKNOWN_PRINCIPAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What is known about actions in a Region: IAM's decisions, and recent refusals, by action.

    `resources` are those of a journey that are narrower than the table's. `obstacle` is set if
    decisions are missing; `error` is AWS's, if it is the reason.
    """

    target: Target
    principal: Principal
    permissions: Collection[Permission]
    resources: Mapping[Statement, str] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    obstacle: Obstacle | None = None
    error: AwsError | None = None

    @property
    def doubtful(self) -> list[Permission]:
        """Return the actions that IAM denies, or that AWS refused lately."""
        return [each for each in self.permissions if self._is_doubtful(each.action)]

    def _is_doubtful(self, action: str) -> bool:
        decision = self.decisions.get(action)
        return action in self.refusals or (decision is not None and decision.is_denied)


def check_everything(*, target: Target) -> Preflight:
    """Ask about every action of the table in this Region."""
    return _check(target, OF_ONE_ACCOUNT, {}, may_ask=True)


def known_preflight(*, target: Target) -> Preflight | None:
    """Return the same as far as it is remembered; None if IAM would have to be asked."""
    found = _check(target, OF_ONE_ACCOUNT, {}, may_ask=False)
    is_whole = found.obstacle is not None or len(found.decisions) == len(OF_ONE_ACCOUNT)
    return found if is_whole else None


def check_journeys(
    *, target: Target, journeys: Collection[Journey], secret_arn: str = "", role_arn: str = ""
) -> Preflight:
    """Ask about what the journeys need, on the secret and the role that they are about."""
    narrower = {Statement.SECRETS: secret_arn, Statement.PASS_ROLES: role_arn}
    resources = {kind: arn for kind, arn in narrower.items() if arn}
    return _check(target, needed_by(journeys), resources, may_ask=True)


def refused_lately(*, target: Target) -> list[Refusal]:
    """Return what AWS refused to this process in the Region lately, the newest first."""
    return refusals.of_target(target)


def _check(
    target: Target,
    permissions: Collection[Permission],
    resources: dict[Statement, str],
    *,
    may_ask: bool,
) -> Preflight:
    principal = clients.get_caller(target.account_id)

    def build(**told: Any) -> Preflight:
        noted = {each.action: each for each in refused_lately(target=target)[::-1]}
        return Preflight(
            target=target,
            principal=principal,
            permissions=permissions,
            resources=resources,
            refusals=noted,
            **told,
        )

    if principal.kind in _OF_KIND:
        return build(obstacle=_OF_KIND[principal.kind])
    source = policy_source(principal, target.account_id, may_ask=may_ask)
    if isinstance(source, Failure):
        return build(obstacle=_obstacle(source.error), error=source.error)
    if source is None:
        return build()
    asked = questions(
        permissions,
        target=target,
        partition=principal.partition,
        principal_arn=source,
        resources=resources,
    )
    decisions, error = answers(source, asked, target.account_id, may_ask=may_ask)
    if error is None:
        return build(decisions=decisions)
    return build(decisions=decisions, obstacle=_obstacle(error), error=error)


def _obstacle(error: AwsError) -> Obstacle:
    if isinstance(error, AccessDenied):
        return Obstacle.NOT_PERMITTED
    return Obstacle.NOT_FOUND if isinstance(error, RoleNotFound) else Obstacle.NO_ANSWER
