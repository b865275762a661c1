"""The same rule in other Regions: first a plan of exactly what is made where, then that.

Secrets are Regional: the counterpart of a rule's secret is the secret of the same name there, and
where there is none a new one is made of a credential asked for once.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import connections

from wizard.backend import ecr, secretsmanager
from wizard.domain.credentials import Credential, Secret, SecretProblem
from wizard.domain.errors import AwsError
from wizard.domain.identifiers import SecretArn
from wizard.domain.rules import NewRule, Rule, new_rule_like
from wizard.domain.targets import Target
from wizard.drafts import CREATE, EXISTING, NONE, SPECIFIC, RuleDraft
from wizard.models import Operation
from wizard.plans import Step
from wizard.services import operations
from wizard.services.fanout import Outcome, fan_out

# Creating may wait for a new secret to become visible; the page waits with it.
CREATE_SECONDS = 60.0


class CopyState(StrEnum):
    """What a Region's plan comes to."""

    READY = "ready"
    NEEDS_CREDENTIAL = "needs-credential"
    EXISTS = "exists"
    TAKEN = "taken"
    OWN_UPSTREAM = "own-upstream"
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
        return self.state in (CopyState.READY, CopyState.NEEDS_CREDENTIAL)

    @property
    def makes_secret(self) -> bool:
        return self.state is CopyState.NEEDS_CREDENTIAL


def plan_copies(*, rule: Rule, targets: Collection[Target]) -> list[CopyPlan]:
    """Look at every Region at once; the plans in the order of the Regions' codes."""
    outcomes = fan_out(targets=targets, call=lambda target: _plan(rule, target))
    return sorted((_planned(outcome) for outcome in outcomes), key=lambda plan: plan.target)


def create_copies(
    *,
    copy_id: str,
    rule: Rule,
    plans: Iterable[CopyPlan],
    credential: Credential | None,
    actor: User,
) -> None:
    """Make what the plans say, Regions in parallel, each journaled as an operation of its own.

    `copy_id` makes it happen once per Region however often it is sent. What came of it is read
    with `copies_of`.
    """
    drafts = {
        plan.target: _draft(copy_id, rule, plan, actor)
        for plan in plans
        if plan.makes_rule and not (plan.makes_secret and credential is None)
    }

    def create(target: Target) -> None:
        try:
            operations.create_rule(draft=drafts[target], credential=credential, actor=actor)
        finally:
            connections.close_all()

    for _outcome in fan_out(targets=list(drafts), call=create, deadline_seconds=CREATE_SECONDS):
        pass


def copies_of(*, copy_id: str, account_id: str) -> list[Operation]:
    """The operations of one copying, by Region."""
    found = Operation.objects.filter(account_id=account_id, draft_id__startswith=f"{copy_id}-")
    return list(found.prefetch_related("steps").order_by("region"))


def _plan(rule: Rule, target: Target) -> CopyPlan:
    registry = rule.registry
    inputs = registry.parse_url(rule.upstream_registry_url) if registry else None
    if registry and registry.is_own_account and (inputs or {}).get("region") == target.region:
        return CopyPlan(target=target, state=CopyState.OWN_UPSTREAM)
    secret = _counterpart(rule, target)
    for other in ecr.describe_rules(target):
        if other.ecr_repository_prefix == rule.ecr_repository_prefix:
            same = _asked(rule, secret) == new_rule_like(other)
            state = CopyState.EXISTS if same else CopyState.TAKEN
            return CopyPlan(target=target, state=state, secret=secret, taken_by=other)
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


def _draft(copy_id: str, rule: Rule, plan: CopyPlan, actor: User) -> RuleDraft:
    """The answers that make the rule in the plan's Region."""
    draft = RuleDraft.of_rule(
        rule,
        draft_id=f"{copy_id}-{plan.target.region}",
        owner_id=actor.pk,
        target=plan.target,
    )
    if rule.credential_arn:
        draft = draft.with_answers(Step.AUTHENTICATION, _authentication(rule, plan))
    step = Step.DESTINATION if Step.DESTINATION in draft.plan.steps else Step.NAMESPACES
    return draft.with_answers(step, _prefixes(new_rule_like(rule)))


def _authentication(rule: Rule, plan: CopyPlan) -> dict[str, str]:
    if plan.secret is not None:
        return {"credential_source": EXISTING, "credential_arn": plan.secret.arn}
    name = SecretArn.parse(rule.credential_arn or "").name
    return {"credential_source": CREATE, "secret_name": name}


def _prefixes(rule: NewRule) -> dict[str, str]:
    is_root = rule.ecr_repository_prefix == "ROOT"
    upstream = rule.upstream_repository_prefix or ""
    return {
        "cache_namespace": NONE if is_root else SPECIFIC,
        "ecr_repository_prefix": rule.ecr_repository_prefix,
        "upstream_namespace": SPECIFIC if upstream else NONE,
        "upstream_repository_prefix": upstream,
    }
