"""What became of the calls of an operation that was cut off: compare with AWS, change nothing.

A Region whose call was cut off is read: one that is as wanted is done, another one can be retried.
"""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from django.utils import timezone

from wizard.domain import AwsAction
from wizard.models import (
    AuditEvent,
    AuditOutcome,
    AuditPhase,
    TemplateChange,
    TemplateOperation,
    TemplateState,
)
from wizard.services import cut_off, held, places
from wizard.services.audit import close_intent
from wizard.services.fanout import fan_out

_MADE: Final[Mapping[str, TemplateState]] = {
    AwsAction.CREATE_TEMPLATE: TemplateState.CREATED,
    AwsAction.UPDATE_TEMPLATE: TemplateState.UPDATED,
    AwsAction.DELETE_TEMPLATE: TemplateState.DELETED,
}


def settle_dead(*, operation_id: UUID) -> None:
    """Write down what became of the calls of a process that died; change nothing in AWS.

    Does nothing if another process has taken the operation meanwhile, or has settled it.
    """
    operation = TemplateOperation.objects.filter(pk=operation_id).first()
    if operation is not None and operation.is_interrupted and held.take(operation):
        if places.refusal_of_work(operation.account_id) is None:
            with held.kept([operation]):
                settle(list(operation.changes.select_related("operation")))
        held.give_up(operation)


def settle(rows: Collection[TemplateChange]) -> None:
    """Write the results of the calls without one; those that AWS does not tell about stay so."""
    cut = {row.event_id: row for row in rows if row.state == TemplateState.RUNNING and row.event_id}
    found = AuditEvent.objects.filter(event_id__in=list(cut), phase=AuditPhase.INTENT)
    # There is one call in each Region.
    intents = {cut[intent.event_id].target: intent for intent in found}
    for answer in fan_out(
        targets=intents, call=lambda target: cut_off.outcome_of(target, intents[target])
    ):
        if answer.value is None:
            continue
        intent = intents[answer.target]
        close_intent(intent, outcome=answer.value)
        _note(cut[intent.event_id], intent, is_made=answer.value == AuditOutcome.SUCCEEDED)


def _note(row: TemplateChange, intent: AuditEvent, *, is_made: bool) -> None:
    row.state = _MADE[intent.action] if is_made else TemplateState.FAILED
    row.finished_at = timezone.now()
    row.save(update_fields=["state", "finished_at"])
