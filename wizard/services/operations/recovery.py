"""The two ways to end an operation that was interrupted or failed: complete it, or clean up.

An interrupted operation is one whose lease has run out. `complete` creates what is missing,
`clean_up` deletes what the operation created; both compare with AWS first.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from django.contrib.auth.models import User
from django.utils import timezone

from wizard.domain import AwsAction, Credential, Role, Target
from wizard.domain.errors import AwsError, ConsoleError, RuleUnjudged, SecretAwaited, SecretInUse
from wizard.domain.waiting import begin_change
from wizard.models import AuditOutcome, Operation, OperationState
from wizard.services import access
from wizard.services.audit import close_cut_off
from wizard.services.fanout import fan_out
from wizard.services.operations import leases, replicas, rule_steps, secret_steps, template_steps
from wizard.services.operations.batches import work
from wizard.services.operations.comparing import (
    Comparison,
    compare,
    is_awaited,
    is_used_elsewhere,
    rule_at,
)
from wizard.services.operations.leases import LeaseLost
from wizard.services.operations.running import Creation, left_to_another

# Of a change that was cut off: whether AWS made it, None if that cannot be found out.
_OUTCOMES: Final[Mapping[bool | None, AuditOutcome]] = {
    True: AuditOutcome.SUCCEEDED,
    False: AuditOutcome.FAILED,
    None: AuditOutcome.UNKNOWN,
}


def complete(*, operation: Operation, credential: Credential | None, actor: User) -> Creation:
    """Create what is missing. What exists is not created again.

    `credential` is needed only when the secret does not exist yet. Raises an AwsError when AWS
    cannot be asked, and NotPermitted when a secret is to be replicated out of a Region that is not
    the person's, before anything is changed.
    """
    comparison = compare(operation)
    if comparison.error is not None:
        raise comparison.error
    replicas.check_regions([operation], actor=actor)  # guard: Z2
    if not _take_up(comparison, actor):
        return Creation(operation=operation, is_ours=False)
    if not is_done(operation, comparison):
        return work([operation], credential)[operation.target]
    try:
        leases.finish(operation, OperationState.SUCCEEDED)
    except LeaseLost:
        return left_to_another(operation)
    return Creation(operation=operation)


def compare_all(interrupted: Sequence[Operation]) -> list[Comparison]:
    """Compare operations with AWS, in all Regions at once, within the deadline of a page."""
    by_target = {each.target: each for each in interrupted}
    outcomes = fan_out(targets=by_target, call=lambda target: compare(by_target[target]))
    return [
        outcome.value or Comparison(operation=by_target[outcome.target], error=outcome.error)
        for outcome in outcomes
    ]


def complete_all(
    *, comparisons: Iterable[Comparison], credential: Credential | None, actor: User
) -> None:
    """Create what is missing of interrupted operations; a Region that AWS did not tell is left.

    Raises NotPermitted as `complete` does, before anything is changed.
    """
    told = [each for each in comparisons if each.error is None]
    replicas.check_regions([each.operation for each in told], actor=actor)  # guard: Z2
    taken = [each for each in told if _take_up(each, actor)]
    for each in taken:
        if is_done(each.operation, each):
            with suppress(LeaseLost):
                leases.finish(each.operation, OperationState.SUCCEEDED)
    missing = [each.operation for each in taken if not is_done(each.operation, each)]
    if missing:
        work(missing, credential)


def complete_import(*, interrupted: Sequence[Operation], actor: User) -> list[Operation]:
    """Let the background create what an import still lacks; return what is left interrupted.

    A call that was cut off is compared with AWS first, so what AWS does not tell is left. Raises
    NotPermitted, before anything is changed, for a Region that is not the person's.
    """
    for each in interrupted:
        access.check_access(user=actor, role=Role.OPERATOR, target=each.target)  # guard: Z2
    left = []
    for comparison in _compare_cut_off(interrupted):
        if comparison.error is not None:
            left.append(comparison.operation)
            continue
        with suppress(LeaseLost):
            if _take_up(comparison, actor):
                _hand_over(comparison)
    return left


def _compare_cut_off(interrupted: Iterable[Operation]) -> list[Comparison]:
    """Compare with AWS where a call has no result; a Region that fails is asked once."""
    compared: list[Comparison] = []
    by_target: dict[Target, list[Operation]] = {}
    for each in interrupted:
        if any(step.state == OperationState.RUNNING for step in each.steps.all()):
            by_target.setdefault(each.target, []).append(each)
        else:
            compared.append(Comparison(operation=each))

    def ask(target: Target) -> list[Comparison]:
        found: list[Comparison] = []
        for each in by_target[target]:
            error = found[-1].error if found else None
            found.append(Comparison(operation=each, error=error) if error else compare(each))
        return found

    for outcome in fan_out(targets=by_target, call=ask):
        compared += outcome.value or [
            Comparison(operation=each, error=outcome.error) for each in by_target[outcome.target]
        ]
    return compared


def _hand_over(comparison: Comparison) -> None:
    operation = comparison.operation
    if is_done(operation, comparison):
        leases.finish(operation, OperationState.SUCCEEDED)
    elif operation.needs_credential:
        leases.leave_to_person(operation)
    else:
        leases.hand_over(operation)


def _take_up(comparison: Comparison, actor: User) -> bool:
    """Take the lease and write down what AWS holds; False when another worker has it."""
    operation = comparison.operation
    if operation.is_superseded or not leases.take(operation, actor=actor):
        return False
    note_found(operation, comparison)
    return True


def note_found(operation: Operation, comparison: Comparison) -> None:
    """Write down what AWS holds of an operation whose lease is held: its steps and its secret."""
    _close_steps(operation, comparison)
    _note_secret(operation, comparison.secret_arn)


def clean_up(*, operation: Operation, actor: User) -> ConsoleError | None:
    """Delete what the operation created: its rule, then its secret, which can be restored.

    What it did not create, or what a rule uses, stays. Returns None on success. Returns AWS's
    refusal, or SecretInUse when it is not known whether a rule uses the secret, and the operation
    stays open. Before anything is changed, returns RuleUnjudged when it is not known whether the
    operation created the rule that uses its secret, and SecretAwaited while another Region is about
    to use the secret. Raises NotPermitted when a replica would be deleted in a Region not the
    person's.
    """
    comparison = compare(operation)
    if comparison.error is not None:
        return comparison.error
    if comparison.is_rule_unjudged:  # guard: F7
        return RuleUnjudged(operation.region)
    if is_awaited(comparison):
        return SecretAwaited(operation.region)
    if comparison.replica_regions and not is_used_elsewhere(comparison):
        for region in comparison.replica_regions:
            target = replace(operation.target, region=region)
            access.check_access(user=actor, role=Role.OPERATOR, target=target)  # guard: Z2
    if not leases.take(operation, actor=actor):
        return None
    try:
        with leases.kept([operation]):
            return _clean_up(operation, comparison)
    except LeaseLost:
        left_to_another(operation)
        return None


def _clean_up(operation: Operation, comparison: Comparison) -> ConsoleError | None:
    begin_change()
    try:
        # This depends on the steps without a result, so it comes before they get one.
        made_the_rule = comparison.is_rule_as_planned and comparison.is_rule_ours
        made_a_template = template_steps.own_template(operation) is not None
        _close_steps(operation, comparison)
        _take_back(operation, comparison, made_the_rule=made_the_rule)
        if made_a_template:
            template_steps.delete_template(operation)
    except (AwsError, SecretInUse) as error:
        leases.finish(operation, OperationState.FAILED)
        return error
    leases.finish(operation, OperationState.CLEANED)
    return None


def _note_secret(operation: Operation, arn: str) -> None:
    """Write down which secret AWS holds now, whatever was noted when it was created."""
    if operation.makes_secret and arn != operation.made_secret_arn:  # guard: F7
        leases.note(operation, made_secret_arn=arn)


def is_done(operation: Operation, comparison: Comparison) -> bool:
    """Whether everything exists and only the result was not written."""
    if not comparison.is_rule_as_planned or comparison.rule is None:
        return False
    moved = operation.replaced is not None and not operation.replaces_its_prefix
    was_requested = operation.steps.filter(action=AwsAction.CREATE_RULE).exists()
    return not moved and was_requested


def _close_steps(operation: Operation, comparison: Comparison) -> None:
    """Write the results of steps that were interrupted, in the journal and in the audit trail.

    The comparison says what became of a secret or a rule, and AWS what became of a template. Of
    other steps it is not known, and the trail says so; repeating them is idempotent.
    """
    has_template = template_steps.has_template(operation)
    for step in operation.steps.filter(state=OperationState.RUNNING):
        made = {
            AwsAction.CREATE_SECRET: bool(comparison.secret_arn),
            AwsAction.CREATE_RULE: comparison.is_rule_as_planned,
            AwsAction.CREATE_TEMPLATE: has_template,
            AwsAction.DELETE_RULE: step.identifier in comparison.free_prefixes,  # guard: F7 F13
            AwsAction.DELETE_SECRET: not comparison.secret_arn,
        }
        found = made.get(AwsAction(step.action))
        was_made, outcome = bool(found), _OUTCOMES[found]
        close_cut_off(
            step.action, target=operation.target, subject=step.identifier, outcome=outcome
        )
        step.state = OperationState.SUCCEEDED if was_made else OperationState.FAILED
        if step.action == AwsAction.CREATE_SECRET and was_made:
            step.identifier = comparison.secret_arn
        step.finished_at = timezone.now()
        step.save()


def _take_back(operation: Operation, comparison: Comparison, *, made_the_rule: bool) -> None:
    if made_the_rule:  # guard: F7
        rule_steps.delete_rule(operation)
    old = operation.replaced
    if (
        old is not None
        and operation.is_old_rule_gone
        and rule_at(operation.target, old.ecr_repository_prefix) is None
    ):
        rule_steps.put_back(operation, old)  # guard: F13
    if comparison.secret_arn:
        try:
            regions = comparison.replica_regions
            secret_steps.remove_secret(operation, comparison.secret_arn, replica_regions=regions)
        except SecretInUse as error:
            if error.unread:
                raise
