"""What is left of an operation that failed in a part or was interrupted.

A call without a result is compared with AWS first. Each Region is then read once more, as at first.
"""

from contextlib import suppress

from django.contrib.auth.models import User

from wizard.domain import Role
from wizard.domain.errors import AwsError
from wizard.models import AuditEvent, AuditPhase, TemplateChange, TemplateOperation, TemplateState
from wizard.services import access, cut_off, held
from wizard.services.audit import close_intent
from wizard.services.template_operations.running import run


def retry(*, operation: TemplateOperation, actor: User) -> bool:
    """Work on what is not done, in the person's Regions; False if a process has the operation."""
    if not held.take(operation, actor=actor):
        return False
    left = [
        each
        for each in operation.changes.select_related("operation")
        if not each.is_done and access.may(user=actor, role=Role.OPERATOR, target=each.target)
    ]
    for each in left:
        if each.state == TemplateState.RUNNING:
            _close(each)
    run(operation, left)
    return True


def _close(row: TemplateChange) -> None:
    """Write the result of a call that was interrupted, if AWS tells; its row is read once more."""
    if row.event_id is None:
        return
    intents = AuditEvent.objects.filter(event_id=row.event_id, phase=AuditPhase.INTENT)
    for intent in intents:
        with suppress(AwsError):
            close_intent(intent, outcome=cut_off.outcome_of(row.target, intent))
