"""The plan of an import: what each rule of a text means in its Region. Only reads.

A rule is compared with what exists before it is checked. So a rule that exists as it is in the text
is never refused.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum

from django.contrib.auth.models import User

from wizard.domain import (
    RULES_PER_REGION,
    NewRule,
    Role,
    RoleArn,
    Rule,
    Secret,
    SecretArn,
    SecretProblem,
    Target,
    check_new_rule,
    new_rule_like,
)
from wizard.domain.errors import AwsError, ConsoleError, InvalidIdentifier, InvalidRule
from wizard.domain.imports import FoundRule
from wizard.services import access, places
from wizard.services.fanout import fan_out
from wizard.services.rules import list_rules
from wizard.services.secrets import find_secret, list_secrets

_UNUSABLE = (
    SecretProblem.NOT_FOUND,
    SecretProblem.SCHEDULED_FOR_DELETION,
    SecretProblem.EMPTY,
)


class Finding(StrEnum):
    """What applying the plan does with a rule."""

    CREATE = "create"
    EXISTS = "exists"
    DIFFERENT = "different"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why a rule is not created."""

    EXPRESSION = "expression"
    ACCOUNT = "account"
    REGION = "region"
    NOT_IN_USE = "not-in-use"
    ROLE = "role"
    TWICE = "twice"
    INVALID = "invalid"
    OWN_UPSTREAM = "own-upstream"
    FULL = "full"
    SECRET = "secret"  # noqa: S105 - a reason
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRule:
    """A rule of the text with its finding.

    `names` are the members that differ from the existing rule, or that are expressions. `problem`
    is that of its secret, `error` why AWS or the console refuses it.
    """

    found: FoundRule
    target: Target
    rule: NewRule
    finding: Finding
    refusal: Refusal | None = None
    names: tuple[str, ...] = ()
    problem: SecretProblem | None = None
    error: ConsoleError | None = None

    @property
    def key(self) -> str:
        """Return `region/prefix`."""
        return f"{self.target.region}/{self.rule.ecr_repository_prefix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Region:
    """What a Region has."""

    rules: Mapping[str, Rule]
    secrets: Sequence[Secret]


def plan_import(found: Sequence[FoundRule], *, here: Target, actor: User) -> list[PlannedRule]:
    """Return the plan, in the order of the text. Rules without a Region are for `here`."""
    placed = [_placed(each, here) for each in found]
    in_use = {region.code for region in places.regions_in_use(here.account_id)}
    # The Region of the page is meant, whether it is in use or not.
    refused = [_refused_unread(each, here, in_use | {here.region}, actor) for each in placed]
    wanted: dict[Target, set[str]] = {}
    for plan, refusal in zip(placed, refused, strict=True):
        if refusal is None:
            arns = wanted.setdefault(plan.target, set())
            arns |= {plan.rule.credential_arn} if plan.rule.credential_arn else set()
    outcomes = fan_out(targets=wanted, call=lambda target: _read(target, wanted[target]))
    answers = {outcome.target: outcome for outcome in outcomes}
    counts = {target: len(answer.value.rules) for target, answer in answers.items() if answer.value}
    seen, plans = set[str](), list[PlannedRule]()
    for plan, refusal in zip(placed, refused, strict=True):
        if refusal is None:
            answer = answers[plan.target]
            done = _compared(plan, answer.value, answer.error, counts, is_twice=plan.key in seen)
            seen.add(plan.key)
            plans.append(done)
        else:
            plans.append(refusal)
    return plans


def is_secret_usable(arn: str, target: Target) -> bool:
    """Whether a rule of the Region can use the secret with this ARN, which AWS is asked for."""
    try:
        SecretArn.parse(arn).check_belongs_to(target)
    except InvalidIdentifier:
        return False
    secret = find_secret(target=target, secret_id=arn)
    return secret is not None and secret.problem not in _UNUSABLE


def is_role_usable(arn: str, target: Target) -> bool:
    """Whether a rule of the account can use the role with this ARN, as far as the ARN tells."""
    try:
        RoleArn.parse(arn).check_belongs_to(target)
    except InvalidIdentifier:
        return False
    return True


def _placed(found: FoundRule, here: Target) -> PlannedRule:
    region = found.region or here.region
    return PlannedRule(
        found=found,
        target=replace(here, region=region),
        rule=found.new_rule(),
        finding=Finding.CREATE,
    )


def _refused_unread(
    plan: PlannedRule, here: Target, in_use: Collection[str], actor: User
) -> PlannedRule | None:
    """Return the refusal of a rule for which its Region is not read; None for others."""
    found = plan.found
    if found.account_id not in ("", here.account_id):
        return _refused(plan, Refusal.ACCOUNT)
    if found.expressions:
        return _refused(plan, Refusal.EXPRESSION, names=tuple(sorted(found.expressions)))
    if plan.target.region not in {region.code for region in places.list_regions()}:
        return _refused(plan, Refusal.REGION)
    if plan.target.region not in in_use:
        return _refused(plan, Refusal.NOT_IN_USE)
    if not access.may(user=actor, role=Role.OPERATOR, target=plan.target):
        return _refused(plan, Refusal.ROLE)
    return None


def _read(target: Target, arns: set[str]) -> _Region:
    rules = {rule.ecr_repository_prefix: rule for rule in list_rules(target=target)}
    secrets = list_secrets(target=target, also=sorted(arns)) if arns else []
    return _Region(rules=rules, secrets=secrets)


def _compared(
    plan: PlannedRule,
    region: _Region | None,
    error: AwsError | None,
    counts: dict[Target, int],
    *,
    is_twice: bool,
) -> PlannedRule:
    """Return the plan after a look at its Region; `counts` are the rules there, with new ones."""
    if is_twice:
        return _refused(plan, Refusal.TWICE)
    if region is None:
        return _refused(plan, Refusal.UNREAD, error=error)
    existing = region.rules.get(plan.rule.ecr_repository_prefix)
    if existing is not None:
        names = _differences(plan.rule, new_rule_like(existing))
        return replace(plan, finding=Finding.DIFFERENT if names else Finding.EXISTS, names=names)
    try:
        check_new_rule(plan.rule, plan.target)
    except (InvalidRule, InvalidIdentifier) as invalid:
        return _refused(plan, Refusal.INVALID, error=invalid)
    if _is_own_upstream(plan):
        return _refused(plan, Refusal.OWN_UPSTREAM)
    if plan.rule.credential_arn is not None:
        secret = _secret_of(plan.rule.credential_arn, region.secrets)
        if secret is None:
            return _refused(plan, Refusal.UNREAD)
        if secret.problem in _UNUSABLE:
            return _refused(plan, Refusal.SECRET, problem=secret.problem)
    if counts[plan.target] >= RULES_PER_REGION:
        return _refused(plan, Refusal.FULL)
    counts[plan.target] += 1
    return plan


def _differences(wanted: NewRule, existing: NewRule) -> tuple[str, ...]:
    return tuple(
        field.name
        for field in fields(NewRule)
        if field.compare and getattr(wanted, field.name) != getattr(existing, field.name)
    )


def _is_own_upstream(plan: PlannedRule) -> bool:
    """Whether the upstream is the registry in which the rule would be."""
    made = Rule(**asdict(plan.rule), registry_id=plan.target.account_id)
    inputs = made.upstream_inputs if made.registry and made.registry.is_own_account else None
    return inputs is not None and inputs.get("region") == plan.target.region


def _secret_of(arn: str, secrets: Sequence[Secret]) -> Secret | None:
    """Return the secret, also if it does not exist; None if AWS did not tell."""
    return next((each for each in secrets if each.is_meant_by(arn)), None)


def _refused(
    plan: PlannedRule,
    refusal: Refusal,
    *,
    names: tuple[str, ...] = (),
    problem: SecretProblem | None = None,
    error: ConsoleError | None = None,
) -> PlannedRule:
    return replace(
        plan,
        finding=Finding.REFUSED,
        refusal=refusal,
        names=names,
        problem=problem,
        error=error,
    )
