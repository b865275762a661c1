"""The journal of an operation: a row per AWS change, its intent written before the call.

After a crash, a row without a result says that it is not known whether AWS made the change. Every
entry is also an audited change (`services.audit`): lease, entry and audit row are written together,
in one transaction before the call; their results in another one after it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from wizard.domain import AwsAction, Target
from wizard.domain.errors import AuditUnavailable, AwsError, error_record
from wizard.models import Operation, OperationState, OperationStep
from wizard.services.audit import audited, rule_facts
from wizard.services.operations import leases
from wizard.services.secrets import RECOVERY_DAYS


def journal(
    operation: Operation,
    action: AwsAction,
    identifier: str,
    change: Callable[[OperationStep], str],
    *,
    target: Target | None = None,
    after: Mapping[str, Any] | None = None,
    then: Callable[[str], None] | None = None,
) -> str:
    """Write the intent, make the change, write its result; return AWS's name of what was changed.

    `target` is where AWS is called when that is not the operation's own Region, `after` facts for
    the audit trail. `then` writes the operation's columns in the transaction of a success; it gets
    AWS's name. Raises AuditUnavailable, and changes nothing, when the audit row cannot be written;
    LeaseLost when another worker has taken the operation.
    """
    step = OperationStep(operation=operation, action=action, identifier=identifier)
    facts = {"after": after} if after else _facts(operation, action)
    where, lease_until = target or operation.target, operation.lease_until
    begin = partial(_begin, operation, step)
    try:
        with audited(action, target=where, subject=identifier, alongside=begin, **facts) as audit:
            audit.alongside = partial(_end, step, then)
            _run(step, change)
    except AuditUnavailable:
        operation.lease_until = lease_until  # its renewal was rolled back
        raise
    return step.identifier


def _begin(operation: Operation, step: OperationStep) -> None:
    leases.renew(operation)
    step.save(force_insert=True)


def _run(step: OperationStep, change: Callable[[OperationStep], str]) -> None:
    """Make the change; set the columns of its result."""
    try:
        step.identifier = change(step)
        step.state = OperationState.SUCCEEDED
    except Exception as error:
        step.state = OperationState.FAILED
        if isinstance(error, AwsError):
            step.error_record = error_record(error)
        raise
    finally:
        step.finished_at = timezone.now()


def _end(step: OperationStep, then: Callable[[str], None] | None) -> None:
    step.save(update_fields=["identifier", "state", "error_record", "finished_at"])
    if then is not None and step.state == OperationState.SUCCEEDED:
        then(step.identifier)


@transaction.atomic
def end_without_call(
    operation: Operation,
    action: AwsAction,
    identifier: str,
    error: AwsError,
    *,
    state: OperationState = OperationState.FAILED,
) -> None:
    """End a held operation in that state, with a change that was not requested and the reason.

    Raises LeaseLost, and writes nothing, when another worker has taken it.
    """
    OperationStep.objects.create(
        operation=operation,
        action=action,
        identifier=identifier,
        state=state,
        error_record=error_record(error),
        finished_at=timezone.now(),
    )
    leases.finish(operation, state)


def _facts(operation: Operation, action: AwsAction) -> dict[str, Any]:
    """Before and after of a change, for the audit trail; never a credential."""
    old = operation.replaced
    if action is AwsAction.CREATE_RULE:
        return {"after": rule_facts(operation.rule)}
    if action is AwsAction.DELETE_RULE and old is not None:
        return {"before": rule_facts(old)}
    if action is AwsAction.PUT_BACK_RULE and old is not None:
        return {"after": rule_facts(old)}
    if action is AwsAction.DELETE_SECRET:
        return {"after": {"recovery_days": RECOVERY_DAYS}}
    return {}
