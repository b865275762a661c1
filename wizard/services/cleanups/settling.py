"""What becomes of a clean-up that was cut off or failed in a part: compare with AWS, and retry."""

from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from wizard.backend import images
from wizard.domain import Role
from wizard.domain.errors import AwsError
from wizard.domain.waiting import begin_change
from wizard.models import AuditEvent, AuditPhase, CleanedBatch, CleanedState, CleanUp
from wizard.services import access, cut_off, held, places
from wizard.services.audit import close_intent
from wizard.services.cleanups.cleaning import note_gone
from wizard.services.cleanups.running import clean_all


def retry(*, cleanup: CleanUp, actor: User) -> bool:
    """Delete what is left of the preview and unchanged; False if a process works on it.

    Raises NotPermitted.
    """
    access.check_access(user=actor, role=Role.OPERATOR, target=cleanup.target)  # guard: Z2
    if cleanup.started_at is None or not held.take(cleanup, actor=actor):
        return False
    begin_change()
    rows = _rows(cleanup)
    with held.kept([cleanup]):
        _settle(rows)
    # One that AWS does not tell about is left as it is.
    left = (CleanedState.WAITING, CleanedState.FAILED)
    clean_all(cleanup, [row for row in rows if row.state in left])
    return True


def settle_dead(*, cleanup_id: UUID) -> None:
    """Write down what became of the calls of a process that died; delete nothing."""
    cleanup = CleanUp.objects.filter(pk=cleanup_id).first()
    if cleanup is not None and cleanup.is_interrupted and held.take(cleanup):
        if places.refusal_of_work(cleanup.account_id) is None:
            with held.kept([cleanup]):
                _settle(_rows(cleanup))
        held.give_up(cleanup)


def _rows(cleanup: CleanUp) -> list[CleanedBatch]:
    rows = list(cleanup.batches.all())
    for row in rows:
        row.cleanup = cleanup
    return rows


def _settle(rows: Collection[CleanedBatch]) -> None:
    cut = {row.event_id: row for row in rows if row.state == CleanedState.RUNNING and row.event_id}
    intents = AuditEvent.objects.filter(event_id__in=list(cut), phase=AuditPhase.INTENT)
    for intent in intents:
        row = cut[intent.event_id]
        try:
            outcome = cut_off.outcome_of(row.cleanup.target, intent)
            present = images.every_image(row.cleanup.target, row.repository)
        except AwsError:
            continue
        close_intent(intent, outcome=outcome)
        sent = (intent.before or {}).get("digests", ())
        note_gone(row, [digest for digest in sent if digest not in present])
        row.state = CleanedState.FAILED if row.left else CleanedState.ENDED
        row.finished_at = timezone.now()
        row.save(update_fields=["state", "results", "finished_at"])
