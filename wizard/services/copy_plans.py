"""What a rule would come to in other Regions, before anything is made there.

Secrets are Regional: the counterpart of a rule's secret is the secret of the same name there.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from wizard.backend import ecr, secretsmanager
from wizard.domain.credentials import Secret, SecretProblem
from wizard.domain.errors import AwsError
from wizard.domain.identifiers import SecretArn
from wizard.domain.regions import Target
from wizard.domain.rules import RULES_PER_REGION, NewRule, Rule, new_rule_like
from wizard.services.fanout import Outcome, fan_out


class CopyState(StrEnum):
    """What a Region's plan comes to."""

    READY = "ready"
    NEEDS_CREDENTIAL = "needs-credential"
    REPLICA = "replica"
    EXISTS = "exists"
    TAKEN = "taken"
    OWN_UPSTREAM = "own-upstream"
    FULL = "full"
    NO_SECRET = "no-secret"  # noqa: S105 - a state of a plan
    SECRET_PROBLEM = "secret-problem"  # noqa: S105 - a state of a plan
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPlan:
    """One Region: what would be made there, or why nothing can be."""

    target: Target
    state: CopyState
    secret: Secret | None = None
    taken_by: Rule | None = None
    error: AwsError | None = None

    @property
    def makes_rule(self) -> bool:
        return self.state in (CopyState.READY, CopyState.NEEDS_CREDENTIAL, CopyState.REPLICA)

    @property
    def makes_secret(self) -> bool:
        return self.state is CopyState.NEEDS_CREDENTIAL


def plan_copies(*, rule: Rule, targets: Collection[Target]) -> list[CopyPlan]:
    """Look at every Region at once; the plans in the order of the Regions' codes."""
    outcomes = fan_out(targets=targets, call=lambda target: _plan(rule, target))
    return sorted((_planned(outcome) for outcome in outcomes), key=lambda plan: plan.target)


def _plan(rule: Rule, target: Target) -> CopyPlan:
    registry = rule.registry
    inputs = registry.parse_url(rule.upstream_registry_url) if registry else None
    if registry and registry.is_own_account and (inputs or {}).get("region") == target.region:
        return CopyPlan(target=target, state=CopyState.OWN_UPSTREAM)
    secret = _counterpart(rule, target)
    there = ecr.describe_rules(target)
    for other in there:
        if other.ecr_repository_prefix == rule.ecr_repository_prefix:
            same = _asked(rule, secret) == new_rule_like(other)
            state = CopyState.EXISTS if same else CopyState.TAKEN
            return CopyPlan(target=target, state=state, secret=secret, taken_by=other)
    if len(there) >= RULES_PER_REGION:
        return CopyPlan(target=target, state=CopyState.FULL, secret=secret)
    return CopyPlan(target=target, state=_secret_state(rule, secret), secret=secret)


def _counterpart(rule: Rule, target: Target) -> Secret | None:
    """The secret of the same name there; None when the rule needs none or there is none."""
    if rule.credential_arn is None:
        return None
    name = SecretArn.parse(rule.credential_arn).name
    found = (secret for secret in secretsmanager.list_secrets(target) if secret.name == name)
    return next(found, None)


def _asked(rule: Rule, secret: Secret | None) -> NewRule:
    """The rule as it would be there, with that Region's own secret."""
    return replace(new_rule_like(rule), credential_arn=secret.arn if secret else None)


def _secret_state(rule: Rule, secret: Secret | None) -> CopyState:
    if rule.credential_arn is None:
        return CopyState.READY
    if secret is None:
        return CopyState.NEEDS_CREDENTIAL
    if secret.problem in (SecretProblem.SCHEDULED_FOR_DELETION, SecretProblem.EMPTY):
        return CopyState.SECRET_PROBLEM
    return CopyState.READY


def _planned(outcome: Outcome[CopyPlan]) -> CopyPlan:
    if outcome.value is not None:
        return outcome.value
    return CopyPlan(target=outcome.target, state=CopyState.UNREADABLE, error=outcome.error)
