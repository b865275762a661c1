"""The journal of an operation: a row per AWS change, its intent written before the call.

After a crash a row without a result says that nobody knows whether AWS made the change. Every
entry is at the same time an audited change: see `services.audit`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from wizard.domain import AwsAction, Target
from wizard.domain.errors import AwsError, error_record
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
) -> str:
    """Write the intent, make the change, write its result; return AWS's name of what was changed.

    `target` is where AWS is called when that is not the operation's own Region, `after` facts for
    the audit trail. Raises AuditUnavailable, and changes nothing, when the audit row cannot be
    written; LeaseLost when another worker has taken the operation.
    """
    leases.renew(operation)
    facts = {"after": after} if after else _facts(operation, action)
    step = OperationStep.objects.create(operation=operation, action=action, identifier=identifier)
    try:
        with audited(action, target=target or operation.target, subject=identifier, **facts):
            step.identifier = change(step)
    except AwsError as error:
        step.state = OperationState.FAILED
        step.error_record = error_record(error)
        raise
    except Exception:
        step.state = OperationState.FAILED
        raise
    else:
        step.state = OperationState.SUCCEEDED
    finally:
        step.finished_at = timezone.now()
        step.save()
    return step.identifier


def end_without_call(
    operation: Operation,
    action: AwsAction,
    identifier: str,
    error: AwsError,
    *,
    state: OperationState = OperationState.FAILED,
) -> None:
    """End a held operation in that state, with a change that was not requested and the reason."""
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
