"""What a rule means in other Regions, before anything is created there. Only reads.

Secrets are Regional: the counterpart of a rule's secret is the secret of the same name there.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from wizard.backend import ecr, secretsmanager
from wizard.domain.credentials import Secret, SecretProblem
from wizard.domain.errors import AwsError
from wizard.domain.identifiers import SecretArn
from wizard.domain.regions import Target
from wizard.domain.rules import RULES_PER_REGION, NewRule, Rule, new_rule_like
from wizard.drafting.drafts import RuleDraft
from wizard.services.fanout import Outcome, fan_out


class Spread(StrEnum):
    """Where the secrets of further Regions come from."""

    EACH = "each"
    REPLICATED = "replicated"


class CopyState(StrEnum):
    """The result of planning one Region."""

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
    """One Region: what would be created there, or why nothing can be."""

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


def plans_of(draft: RuleDraft) -> list[CopyPlan]:
    """What the draft's rule means in the further Regions it has chosen, by the Regions' codes.

    Asks AWS in each of them. A replacement has no further Regions.
    """
    if draft.replaces is not None or not draft.further_regions:
        return []
    account_id = draft.target.account_id
    targets = [Target(account_id=account_id, region=code) for code in draft.further_regions]
    rule = _as_rule(draft)
    plans = plan_copies(rule=rule, targets=targets)
    if rule.credential_arn is None:
        return plans
    if Spread(draft.spread) is Spread.REPLICATED:
        return [_replicated(plan, draft.target.region) for plan in plans]
    return plans if draft.makes_secret else [_without_credential(plan) for plan in plans]


def plan_copies(*, rule: Rule, targets: Collection[Target]) -> list[CopyPlan]:
    """Plan every Region in parallel; the plans in the order of the Regions' codes."""
    outcomes = fan_out(targets=targets, call=lambda target: _plan(rule, target))
    return sorted((_planned(outcome) for outcome in outcomes), key=lambda plan: plan.target)


def expected_rule(draft: RuleDraft) -> NewRule:
    """The rule that the draft makes. The ARN of a secret still to be created is made up."""
    if not draft.makes_secret:
        return draft.new_rule()
    region, account_id = draft.target.region, draft.target.account_id
    arn = f"arn:aws:secretsmanager:{region}:{account_id}:secret:{draft.secret_name}-000000"
    return draft.new_rule(credential_arn=arn)


def _as_rule(draft: RuleDraft) -> Rule:
    """The same rule as it would exist in the draft's Region."""
    return Rule(**asdict(expected_rule(draft)), registry_id=draft.target.account_id)


def _plan(rule: Rule, target: Target) -> CopyPlan:
    registry = rule.registry
    inputs = registry.parse_url(rule.upstream_registry_url) if registry else None
    if registry and registry.is_own_account and (inputs or {}).get("region") == target.region:
        return CopyPlan(target=target, state=CopyState.OWN_UPSTREAM)
    secret = _counterpart(rule, target)
    there = ecr.describe_rules(target)
    for other in there:
        if other.ecr_repository_prefix == rule.ecr_repository_prefix:
            same = _requested(rule, secret) == new_rule_like(other)
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


def _requested(rule: Rule, secret: Secret | None) -> NewRule:
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


def _without_credential(plan: CopyPlan) -> CopyPlan:
    """The rule uses an existing secret, whose value the console cannot read to copy it."""
    if plan.state is not CopyState.NEEDS_CREDENTIAL:
        return plan
    return replace(plan, state=CopyState.NO_SECRET)


def _replicated(plan: CopyPlan, source: str) -> CopyPlan:
    """A replica is used instead of a secret of its own, if the name is free there."""
    if plan.state is CopyState.NEEDS_CREDENTIAL:
        return replace(plan, state=CopyState.REPLICA)
    is_own = plan.secret is not None and plan.secret.primary_region == source
    if plan.makes_rule and not is_own:
        return replace(plan, state=CopyState.SECRET_PROBLEM)
    return plan
