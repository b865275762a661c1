"""The background tasks, through Django's Tasks framework, and what queues them.

A task carries an ID only. Rows say what is left to do, so tasks are idempotent: a duplicate does
nothing. The worker calls `queue_due_work` every few seconds. It queues all work whose time has come
and whose task was lost, or never queued. Each queue is processed on its own, so that no work waits
for work of another queue (`management/commands/worker.py`).
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from wizard.domain.origins import Origin, Way, acting
from wizard.drafting import credential_rows
from wizard.models import BulkValidation, Operation
from wizard.services import (
    alerts,
    audit,
    bulk_validation,
    cleanups,
    deletions,
    health,
    operations,
    rotations,
    template_operations,
    workers,
)

# The queues. The setting TASKS has the same names.
OPERATIONS: Final = "operations"
VALIDATIONS: Final = "validations"
SCHEDULES: Final = "schedules"
ALERTS: Final = "alerts"

# Finished tasks are deleted after this time. Nothing reads them.
KEEP_FINISHED: Final = timedelta(days=1)

# Set when this process's worker stops.
stopping: Final = threading.Event()

logger = logging.getLogger(__name__)


@task(queue_name=VALIDATIONS)
def run_bulk_validation(bulk_id: str) -> None:
    """Run a bulk validation; those of schedules are in a queue of their own."""
    with _logged(f"Bulk validation {bulk_id}"):
        bulk_validation.run_bulk_validation(bulk_id=uuid.UUID(bulk_id))


@task(queue_name=OPERATIONS)
def finish_operation(operation_id: str) -> None:
    """Retry an operation after a temporary refusal by AWS; queue the next try if it persists."""
    with _logged(f"Operation {operation_id}"):
        operation = operations.go_on(operation_id=uuid.UUID(operation_id))
        if operation is not None and operation.next_try_at is not None:
            _finish_at(operation.next_try_at, operation.pk)


@task(queue_name=OPERATIONS)
def settle_deletion(deletion_id: str) -> None:
    """Write down what became of the calls of a deletion whose process died; delete nothing."""
    with _logged(f"Deletion {deletion_id}"):
        deletions.settle_dead(deletion_id=uuid.UUID(deletion_id))


@task(queue_name=OPERATIONS)
def settle_cleanup(cleanup_id: str) -> None:
    """Write down what became of the calls of a clean-up whose process died; delete nothing."""
    with _logged(f"Clean-up {cleanup_id}"):
        cleanups.settle_dead(cleanup_id=uuid.UUID(cleanup_id))


@task(queue_name=OPERATIONS)
def settle_templates(operation_id: str) -> None:
    """Write down what became of the calls of an operation on a template whose process died."""
    with _logged(f"Operation on a template {operation_id}"):
        template_operations.settle_dead(operation_id=uuid.UUID(operation_id))


@task(queue_name=OPERATIONS)
def finish_rotation(rotation_id: str) -> None:
    """Start the validation of a rotation whose process died before it could."""
    with _logged(f"Rotation {rotation_id}"):
        rotation = rotations.finish_dead(rotation_id=uuid.UUID(rotation_id))
        if rotation is not None and rotation.bulk is not None:
            start_in_background(rotation.bulk)


@task(queue_name=ALERTS)
def send_alerts() -> None:
    """Send the alerts that are due; `queue_due_work` comes back for deliveries that failed."""
    with _logged("Sending alerts"):
        alerts.deliver_alerts(is_stopping=stopping.is_set)


def start_in_background(bulk: BulkValidation) -> None:
    """Queue a bulk validation; one that a person started does not wait for those of schedules."""
    queue = VALIDATIONS if bulk.schedule_id is None else SCHEDULES  # guard: B5
    run_bulk_validation.using(queue_name=queue).enqueue(str(bulk.pk))


def finish_in_background(batch_id: uuid.UUID) -> int:
    """Queue the waiting operations of one batch; return their number."""
    waiting = operations.waiting_operations(batch_id=batch_id)
    for operation in waiting:
        _finish_at(operation.next_try_at, operation.pk)
    return len(waiting)


def queue_due_work() -> None:
    """Queue the work that is due, unless a task of the queue will do it.

    One kind of work that cannot be queued does not affect the others. Raises an error of the
    database when it does not answer.
    """
    queued = _queued()
    kinds: tuple[Callable[[set[tuple[str, str]]], None], ...] = (
        _start_schedules,
        _remove_expired_credentials,  # guard: S11
        _queue_free_validations,
        _queue_due_operations,
        _queue_dead_deletions,
        _queue_dead_cleanups,
        _queue_dead_templates,
        _queue_dead_rotations,
        _queue_due_alerts,
        _end_tasks_of_the_dead,
        _delete_finished_tasks,  # guard: B11
        _close_refusals,
    )
    for queue_kind in kinds:
        with _acting():
            try:
                queue_kind(queued)
            except (OperationalError, InterfaceError):
                raise
            except Exception:  # guard: B3
                logger.exception("Looking for due work failed")


def _start_schedules(_queued: set[tuple[str, str]]) -> None:
    """Create the bulk validations and alerts that are due; they are queued with all others."""
    health.start_due()
    health.warn_expiring()


def _remove_expired_credentials(_queued: set[tuple[str, str]]) -> None:
    """Delete the sealed credentials of drafts whose time has passed."""
    credential_rows.remove_expired()


def _queue_free_validations(queued: set[tuple[str, str]]) -> None:
    for bulk in bulk_validation.list_free():
        if (run_bulk_validation.module_path, str(bulk.pk)) not in queued:
            start_in_background(bulk)  # guard: B2


def _queue_due_operations(queued: set[tuple[str, str]]) -> None:
    for operation in _due(operations.waiting_operations()):
        if (finish_operation.module_path, str(operation.pk)) not in queued:
            _finish_at(None, operation.pk)  # guard: B2


def _queue_dead_deletions(queued: set[tuple[str, str]]) -> None:
    for deletion in deletions.dead_deletions():
        if (settle_deletion.module_path, str(deletion.pk)) not in queued:
            settle_deletion.enqueue(str(deletion.pk))  # guard: F7


def _queue_dead_cleanups(queued: set[tuple[str, str]]) -> None:
    for cleanup in cleanups.dead_cleanups():
        if (settle_cleanup.module_path, str(cleanup.pk)) not in queued:
            settle_cleanup.enqueue(str(cleanup.pk))  # guard: F7


def _queue_dead_templates(queued: set[tuple[str, str]]) -> None:
    for operation in template_operations.dead_operations():
        if (settle_templates.module_path, str(operation.pk)) not in queued:
            settle_templates.enqueue(str(operation.pk))  # guard: F7


def _queue_dead_rotations(queued: set[tuple[str, str]]) -> None:
    for rotation in rotations.dead_rotations():
        if (finish_rotation.module_path, str(rotation.pk)) not in queued:
            finish_rotation.enqueue(str(rotation.pk))  # guard: F23


def _queue_due_alerts(queued: set[tuple[str, str]]) -> None:
    if (send_alerts.module_path, "") not in queued and alerts.has_due_alerts():
        send_alerts.enqueue()


def _end_tasks_of_the_dead(_queued: set[tuple[str, str]]) -> None:
    """End the tasks of workers that died. What they left undone is queued again by the rows."""
    living = workers.ids_of_the_living()
    running = DBTaskResult.objects.filter(status="RUNNING").only("worker_ids")
    dead = [each.pk for each in running if not living.intersection(each.worker_ids)]
    DBTaskResult.objects.filter(pk__in=dead, status="RUNNING").update(
        status="FAILED", finished_at=timezone.now()
    )


def _delete_finished_tasks(_queued: set[tuple[str, str]]) -> None:
    """Keep the table short: two of its queries, made every few seconds, have no index."""
    finished = DBTaskResult.objects.filter(
        status__in=("SUCCESSFUL", "FAILED"), finished_at__lt=timezone.now() - KEEP_FINISHED
    )
    if finished.exists():
        finished.delete()


def _close_refusals(_queued: set[tuple[str, str]]) -> None:
    audit.close_refusals()


def _due(waiting: Iterable[Operation]) -> Iterator[Operation]:
    now = timezone.now()
    return (each for each in waiting if each.next_try_at is None or each.next_try_at <= now)


def _queued() -> set[tuple[str, str]]:
    """The tasks that are queued and not begun, each with the ID that it carries."""
    rows = DBTaskResult.objects.filter(status="READY").values_list("task_path", "args_kwargs")
    return {(path, _id_of(given)) for path, given in rows}


def _id_of(given: Any) -> str:
    """The ID that a queued task carries; empty for one without, or of an unknown form."""
    match given:
        case {"args": [str(first), *_]}:
            return first
        case _:
            return ""


def _finish_at(moment: datetime | None, operation_id: uuid.UUID) -> None:
    finish_operation.using(run_after=moment).enqueue(str(operation_id))


@contextmanager
def _logged(what: str) -> Iterator[None]:
    """Log a failure of the task, which the worker only stores in its table."""
    try:
        with _acting():
            yield
    except Exception:
        logger.exception("%s failed", what)
        raise


def _acting() -> AbstractContextManager[None]:
    """Changes inside the block are attributed to the console itself, in the background."""
    return acting(Origin(way=Way.BACKGROUND))
