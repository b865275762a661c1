"""What AWS holds of an operation that did not succeed: its secret, its rule, the rule it replaced.

A row says what was to be created. What exists now is asked of AWS each time, because anybody may
have changed it.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace

from wizard.backend import ecr, secretsmanager
from wizard.domain import AwsAction, Rule, Secret, Target, new_rule_like, replica_arn
from wizard.domain.errors import AwsError, RuleNotFound, SecretInUse, SecretNotFound
from wizard.models import UNDER_WAY, Operation, OperationState
from wizard.services.operations.rule_steps import is_made_by_a_step
from wizard.services.operations.secret_steps import own_secret
from wizard.services.secrets import check_unused


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """An operation beside what AWS holds of it.

    `secret_arn` is the secret that it created, empty when there is none, and `replica_regions`
    where that has replicas; `rule` the rule with its prefix, whoever created it; `free_prefixes`
    those of its own prefix and the replaced one's that no rule has; `error` why AWS could not be
    asked, and then nothing else is known.
    """

    operation: Operation
    secret_arn: str = ""
    replica_regions: tuple[str, ...] = ()
    rule: Rule | None = None
    is_rule_as_planned: bool = False
    free_prefixes: frozenset[str] = frozenset()
    error: AwsError | None = None

    @property
    def is_rule_ours(self) -> bool:
        """Whether a step of the operation created the rule. Reads the journal at each access."""
        return self.rule is not None and is_made_by_a_step(self.operation, self.rule)

    @property
    def is_rule_unjudged(self) -> bool:
        """Whether it cannot be found out if the operation created the rule, which is as planned.

        The answer to a step was lost, and by its time the rule is older than the step, or has no
        time, although it uses the secret that the operation created. So a clock was wrong by more
        than AWS allows, or somebody else used the secret.
        """
        if self.rule is None or not self.is_rule_as_planned or self.is_rule_ours:
            return False
        uses_own_secret = bool(self.secret_arn) and self.rule.credential_arn == self.secret_arn
        steps = self.operation.steps.filter(action=AwsAction.CREATE_RULE)
        is_unknown = any(step.is_unknown for step in steps)
        return is_unknown and (uses_own_secret or self.rule.created_at is None)

    @property
    def has_lost_rule(self) -> bool:
        """Whether the operation deleted the rule to be replaced, or may have, and it is gone."""
        old = self.operation.replaced
        is_gone = old is not None and old.ecr_repository_prefix in self.free_prefixes
        return is_gone and self.operation.is_old_rule_gone


def compare(operation: Operation) -> Comparison:
    """Ask AWS what exists. Changes nothing."""
    try:
        secret = _secret_of(operation)
        rule = rule_at(operation.target, operation.ecr_repository_prefix)
        free = _free_prefixes(operation, rule)
    except AwsError as error:
        return Comparison(operation=operation, error=error)
    arn = secret.arn if secret else ""
    return Comparison(
        operation=operation,
        secret_arn=arn,
        replica_regions=secret.replica_regions if secret else (),
        rule=rule,
        free_prefixes=free,
        is_rule_as_planned=(
            rule is not None and _is_as_planned(operation, rule, arn or operation.made_secret_arn)
        ),
    )


def note_secrets(failed: Collection[Operation]) -> None:
    """Write down which of their secrets AWS holds: a retry uses those without the credential.

    A secret may have been created although the answer was lost, or deleted by somebody since. A
    Region that does not answer is left as it is.
    """
    for operation in failed:
        if not operation.has_orphan:
            continue
        with suppress(AwsError):
            secret = _secret_of(operation)
            _note_unheld(operation, secret.arn if secret else "")


def is_awaited(comparison: Comparison) -> bool:
    """Whether a Region is about to create a rule that uses a replica of the operation's secret."""
    operation = comparison.operation
    if not comparison.secret_arn:
        return False
    others = Operation.objects.filter(account_id=operation.account_id, state__in=UNDER_WAY)
    for other in others.filter(replica_of=operation.region):
        replica = replica_arn(comparison.secret_arn, other.region)
        is_of_batch = other.batch_id == operation.batch_id
        if other.is_under_way and (is_of_batch or other.rule.credential_arn == replica):
            return True  # guard: F8
    return False


def is_used_elsewhere(comparison: Comparison) -> bool:
    """Whether a rule other than the operation's own uses the secret, which then stays."""
    operation = comparison.operation
    own = (operation.region, operation.ecr_repository_prefix)
    try:
        check_unused(target=operation.target, arn=comparison.secret_arn)
    except SecretInUse as error:
        return any(user != own for user in error.users)
    return False


def rule_at(target: Target, prefix: str) -> Rule | None:
    """The rule with that prefix; None when there is none."""
    try:
        return ecr.describe_rule(target, prefix)
    except RuleNotFound:
        return None


def _secret_of(operation: Operation) -> Secret | None:
    """The operation's secret if AWS holds it; None if it does not or is about to delete it."""
    if operation.secret_removed_at is not None:
        return None
    arn = operation.made_secret_arn or own_secret(operation)
    if not arn:
        return None
    try:
        secret = secretsmanager.describe_secret(operation.target, arn)
    except SecretNotFound:
        return None
    return None if secret.deleted_at else secret


def _note_unheld(operation: Operation, arn: str) -> None:
    """Write the ARN into a row that nobody holds, unless the row has changed since it was read."""
    noted = operation.made_secret_arn
    row = Operation.objects.filter(
        pk=operation.pk, state=OperationState.FAILED, made_secret_arn=noted
    )
    if operation.makes_secret and arn != noted and row.update(made_secret_arn=arn):
        operation.made_secret_arn = arn


def _free_prefixes(operation: Operation, rule: Rule | None) -> frozenset[str]:
    """Which of the operation's own prefix and that of the rule to be replaced have no rule."""
    own, old = operation.ecr_repository_prefix, operation.replaced
    free = {own} if rule is None else set()
    if old is not None and not operation.replaces_its_prefix:
        prefix = old.ecr_repository_prefix
        free |= {prefix} if rule_at(operation.target, prefix) is None else set()
    return frozenset(free)


def _is_as_planned(operation: Operation, rule: Rule, secret_arn: str) -> bool:
    """Whether the rule is what was to be created, also when CreateSecret's answer was lost."""
    planned = operation.rule
    if operation.makes_secret:
        planned = replace(planned, credential_arn=secret_arn or None)
    return new_rule_like(rule) == planned
