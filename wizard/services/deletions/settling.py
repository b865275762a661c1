"""What becomes of a deletion that was cut off or failed in a part: compare with AWS, and retry.

A rule whose call was cut off is read: one that is gone is deleted, another one can be retried.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from wizard.domain import Role, Target
from wizard.domain.errors import AwsError
from wizard.domain.waiting import begin_change
from wizard.models import (
    AuditEvent,
    AuditOutcome,
    AuditPhase,
    DeletedRule,
    DeletedState,
    Deletion,
)
from wizard.services import access, cut_off, held, places
from wizard.services.audit import close_intent
from wizard.services.deletions.running import delete_all
from wizard.services.fanout import fan_out


def retry(*, deletion: Deletion, actor: User) -> bool:
    """Delete the rules that still exist, in the person's Regions; False if a process has it."""
    if not held.take(deletion, actor=actor):
        return False
    own = [
        each
        for each in deletion.rules.select_related("deletion")
        if access.may(user=actor, role=Role.OPERATOR, target=each.target)  # guard: Z2
    ]
    begin_change()
    with held.kept([deletion]):
        _settle(own)
    # One that AWS does not tell about is left as it is.
    left = [each for each in own if not each.is_gone and each.state != DeletedState.RUNNING]
    delete_all(deletion, left)
    return True


def settle_dead(*, deletion_id: UUID) -> None:
    """Write down what became of the calls of a process that died; delete nothing.

    Does nothing if another process has taken the deletion meanwhile, or has settled it.
    """
    deletion = Deletion.objects.filter(pk=deletion_id).first()
    if deletion is not None and deletion.is_interrupted and held.take(deletion):
        if places.refusal_of_work(deletion.account_id) is None:
            with held.kept([deletion]):
                _settle(list(deletion.rules.select_related("deletion")))
        held.give_up(deletion)


def _settle(rows: Collection[DeletedRule]) -> None:
    cut = {
        each.event_id: each for each in rows if each.state == DeletedState.RUNNING and each.event_id
    }
    intents = AuditEvent.objects.filter(event_id__in=list(cut), phase=AuditPhase.INTENT)
    by_target: dict[Target, list[AuditEvent]] = {}
    for intent in intents:
        by_target.setdefault(cut[intent.event_id].target, []).append(intent)
    for answer in fan_out(
        targets=by_target, call=lambda target: _outcomes(target, by_target[target])
    ):
        for intent, outcome in (answer.value or {}).items():
            close_intent(intent, outcome=outcome)
            _note(cut[intent.event_id], is_gone=outcome == AuditOutcome.SUCCEEDED)


def _outcomes(target: Target, intents: Collection[AuditEvent]) -> Mapping[AuditEvent, AuditOutcome]:
    """Return what became of these calls; without those that AWS does not tell about."""
    found = {}
    for intent in intents:
        try:
            found[intent] = cut_off.outcome_of(target, intent)
        except AwsError:
            continue
    return found


def _note(row: DeletedRule, *, is_gone: bool) -> None:
    row.state = DeletedState.SUCCEEDED if is_gone else DeletedState.FAILED
    row.finished_at = timezone.now()
    row.save(update_fields=["state", "finished_at"])
