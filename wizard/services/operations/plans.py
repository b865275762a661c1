"""What a rule means in other Regions, before anything is created there. Only reads.

Secrets are Regional: the counterpart of a rule's secret is the secret of the same name there.
Both the name and the counterpart are asked of AWS by DescribeSecret. An ARN does not tell where the
name ends, and a new secret may be missing in ListSecrets for five minutes.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from wizard.backend import ecr, secretsmanager
from wizard.domain import (
    RULES_PER_REGION,
    NewRule,
    Rule,
    RuleDraft,
    Secret,
    SecretProblem,
    Spread,
    Target,
    expected_secret_arn,
    new_rule_like,
)
from wizard.domain.errors import AwsError
from wizard.models import UNDER_WAY, Operation
from wizard.services.fanout import Answer, RegionAnswer, ask_together, fan_out
from wizard.services.operations.lookups import operation_of
from wizard.services.secrets import find_secret


class PlanState(StrEnum):
    """The result of planning one Region."""

    READY = "ready"
    NEEDS_CREDENTIAL = "needs-credential"
    REPLICA = "replica"
    EXISTS = "exists"
    TAKEN = "taken"
    OWN_UPSTREAM = "own-upstream"
    FULL = "full"
    SECRET_PROBLEM = "secret-problem"  # noqa: S105 - a state of a plan
    SECRET_UNKNOWN = "secret-unknown"  # noqa: S105 - a state of a plan
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPlan:
    """One Region: what would be created there, or why nothing can be.

    `secret_name` is the full name of the secret to be used there, empty for a rule without one or
    if it is not known. `rules` are those of the Region; None if they were not read.
    """

    target: Target
    state: PlanState
    secret_name: str = ""
    secret: Secret | None = None
    taken_by: Rule | None = None
    rules: tuple[Rule, ...] | None = None
    error: AwsError | None = None

    @property
    def makes_rule(self) -> bool:
        return self.state in (PlanState.READY, PlanState.NEEDS_CREDENTIAL, PlanState.REPLICA)

    @property
    def makes_secret(self) -> bool:
        return self.state is PlanState.NEEDS_CREDENTIAL


def plans_of(draft: RuleDraft) -> list[RegionPlan]:
    """What the draft's rule means in its own and the further Regions, by the Regions' codes.

    Asks AWS in each of them. Empty when no further Region is chosen, and for a replacement.
    """
    if draft.replaces is not None or not draft.further_regions:
        return []
    rule, secret = _as_rule(draft), _secret_of(draft)

    def plan(target: Target) -> RegionPlan:
        if target == draft.target:
            return own_plan(draft, ecr.describe_rules(target))
        return _plan(rule, secret, target)

    regions = (draft.target.region, *draft.further_regions)
    targets = [replace(draft.target, region=region) for region in regions]
    outcomes = fan_out(targets=targets, call=plan)
    plans = sorted((_planned(outcome) for outcome in outcomes), key=lambda plan: plan.target)
    if rule.credential_arn is None or draft.spread is Spread.EACH:
        return plans
    source = draft.target
    return [plan if plan.target == source else _replicated(plan, source.region) for plan in plans]


def own_plan(draft: RuleDraft, rules: Collection[Rule]) -> RegionPlan:
    """What the draft's rule means in its own Region, which has these rules."""
    prefix = draft.cache_prefix
    taken_by = next((rule for rule in rules if rule.ecr_repository_prefix == prefix), None)
    if taken_by is not None:
        state = PlanState.EXISTS if draft.makes(taken_by) else PlanState.TAKEN
    elif len(rules) >= RULES_PER_REGION:
        state = PlanState.FULL
    else:
        state = PlanState.NEEDS_CREDENTIAL if draft.makes_secret else PlanState.READY
    return RegionPlan(
        target=draft.target, state=state, secret_name=draft.secret_name, taken_by=taken_by
    )


def exists_at_home(draft: RuleDraft, plans: Collection[RegionPlan]) -> bool:
    """Whether one of the plans says that the rule exists in the draft's own Region."""
    return any(plan.target == draft.target and plan.state is PlanState.EXISTS for plan in plans)


def is_done_at_home(draft: RuleDraft, own: RegionPlan) -> bool:
    """Whether Create has nothing to do in the draft's own Region.

    After a failed attempt it has, even if the rule exists: it ends the operation of that attempt.
    """
    return own.state is PlanState.EXISTS and operation_of(draft) is None


def asks_for_credential(draft: RuleDraft, plans: Collection[RegionPlan]) -> bool:
    """Whether a further Region gets a new secret although the draft brings no credential.

    A Region where an earlier attempt is under way is left alone, and needs none.
    """
    needing = {plan.target.region for plan in plans if plan.makes_secret}
    if draft.makes_secret or not needing:
        return False
    rows = Operation.objects.filter(draft_id=draft.draft_id, superseded_at__isnull=True)
    under_way = rows.filter(state__in=UNDER_WAY).values_list("region", flat=True)
    return not needing <= set(under_way)


def expected_rule(draft: RuleDraft) -> NewRule:
    """The rule that the draft makes. The ARN of a secret still to be created is made up."""
    if not draft.makes_secret:
        return draft.new_rule()
    return draft.new_rule(credential_arn=expected_secret_arn(draft.target, draft.secret_name))


def _as_rule(draft: RuleDraft) -> Rule:
    """The same rule as it would exist in the draft's Region."""
    return Rule(**asdict(expected_rule(draft)), registry_id=draft.target.account_id)


def _secret_of(draft: RuleDraft) -> Answer[str]:
    """Return the name of the draft's secret, as AWS has it; empty for a rule without one."""
    arn = None if draft.makes_secret else draft.new_rule().credential_arn
    if arn is None:
        return Answer(value=draft.secret_name)
    calls = {"name": lambda: secretsmanager.describe_secret(draft.target, arn).name}
    return ask_together(target=draft.target, calls=calls)["name"]


def _plan(rule: Rule, named: Answer[str], target: Target) -> RegionPlan:
    registry = rule.registry
    inputs = registry.parse_url(rule.upstream_registry_url) if registry else None
    if registry and registry.is_own_account and (inputs or {}).get("region") == target.region:
        return RegionPlan(target=target, state=PlanState.OWN_UPSTREAM)
    if named.value is None:  # guard: I8
        return RegionPlan(target=target, state=PlanState.SECRET_UNKNOWN, error=named.error)
    secret = find_secret(target=target, secret_id=named.value) if named.value else None
    there = ecr.describe_rules(target)
    same = (each for each in there if each.ecr_repository_prefix == rule.ecr_repository_prefix)
    taken_by = next(same, None)
    if taken_by is not None:
        state = PlanState.EXISTS if _is_same(rule, secret, taken_by) else PlanState.TAKEN
    elif len(there) >= RULES_PER_REGION:
        state = PlanState.FULL
    else:
        state = _secret_state(rule, secret)
    return RegionPlan(
        target=target,
        state=state,
        secret_name=named.value,
        secret=secret,
        taken_by=taken_by,
        rules=tuple(there),
    )


def _is_same(rule: Rule, secret: Secret | None, other: Rule) -> bool:
    """Whether another Region's rule is equal to this one, with that Region's own secret."""
    uses_it = secret is not None and secret.is_meant_by(other.credential_arn)
    arn = other.credential_arn if uses_it else None
    return replace(new_rule_like(rule), credential_arn=arn) == new_rule_like(other)


def _secret_state(rule: Rule, secret: Secret | None) -> PlanState:
    if rule.credential_arn is None:
        return PlanState.READY
    if secret is None:
        return PlanState.NEEDS_CREDENTIAL
    if secret.problem in (SecretProblem.SCHEDULED_FOR_DELETION, SecretProblem.EMPTY):
        return PlanState.SECRET_PROBLEM
    return PlanState.READY


def _planned(outcome: RegionAnswer[RegionPlan]) -> RegionPlan:
    if outcome.value is not None:
        return outcome.value
    return RegionPlan(target=outcome.target, state=PlanState.UNREADABLE, error=outcome.error)


def _replicated(plan: RegionPlan, source: str) -> RegionPlan:
    """A replica is used instead of a secret of its own, if the name is free there."""
    if plan.state is PlanState.NEEDS_CREDENTIAL:
        return replace(plan, state=PlanState.REPLICA)
    is_own = plan.secret is not None and plan.secret.primary_region == source
    if plan.makes_rule and not is_own:
        return replace(plan, state=PlanState.SECRET_PROBLEM)
    return plan
