"""What is due and has no task: found by the rows, and queued.

One worker of all looks every few seconds (`services/workers.py`). It queues all work whose time has
come and whose task was lost, or never queued, and all that a process left when it died.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from wizard import tasks
from wizard.drafting import credential_rows
from wizard.engine import accounts
from wizard.engine.rings import Rings, TableRings
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

# Finished tasks are deleted after this time. Nothing reads them.
KEEP_FINISHED: Final = timedelta(days=1)
# As many of a kind are queued in one round, the oldest. The others wait for their turn in rows.
MOST_RUNG: Final = 200

logger = logging.getLogger("wizard.tasks")


def queue_due_work(rings: Rings | None = None) -> None:
    """Queue the work that is due, unless a task of the queue will do it.

    One kind of work that cannot be queued does not affect the others. Raises an error of the
    database when it does not answer.
    """
    rings = rings or TableRings()
    kinds: tuple[Callable[[Rings], None], ...] = (
        _start_schedules,
        _remove_expired_credentials,  # guard: S11
        _queue_free_validations,
        _queue_due_operations,
        _queue_dead_operations,
        _queue_dead_deletions,
        _queue_dead_cleanups,
        _queue_dead_templates,
        _queue_dead_rotations,
        _queue_due_alerts,
        accounts.queue_open_parts,
        accounts.queue_due_imports,
        accounts.queue_due_sweeps,
        accounts.queue_due_count,
        _end_tasks_of_the_dead,
        _delete_finished_tasks,  # guard: B11
        _close_refusals,
    )
    for queue_kind in kinds:
        with tasks.acting_in_background():
            try:
                queue_kind(rings)
            except (OperationalError, InterfaceError):
                raise
            except Exception:  # guard: B3
                logger.exception("Looking for due work failed")


def _start_schedules(_rings: Rings) -> None:
    """Create the bulk validations and alerts that are due; they are queued with all others."""
    health.start_due()
    health.warn_expiring()


def _remove_expired_credentials(_rings: Rings) -> None:
    """Delete the sealed credentials of drafts whose time has passed."""
    credential_rows.remove_expired()


def _queue_free_validations(rings: Rings) -> None:
    free = {str(bulk.pk): bulk for bulk in bulk_validation.list_free()[:MOST_RUNG]}
    for each in rings.unqueued(tasks.run_bulk_validation, free):
        tasks.start_in_background(free[each])  # guard: B2


def _queue_due_operations(rings: Rings) -> None:
    due = operations.due_operations(most=MOST_RUNG)
    for each in _unqueued(rings, tasks.finish_operation, due):
        tasks.finish_operation.enqueue(each)  # guard: B2


def _queue_dead_operations(rings: Rings) -> None:
    dead = operations.dead_operations(most=MOST_RUNG)
    for each in _unqueued(rings, tasks.take_over_operation, dead):
        tasks.take_over_operation.enqueue(each)  # guard: B14


def _queue_dead_deletions(rings: Rings) -> None:
    for each in _unqueued(rings, tasks.settle_deletion, deletions.dead_deletions()):
        tasks.settle_deletion.enqueue(each)  # guard: F7


def _queue_dead_cleanups(rings: Rings) -> None:
    for each in _unqueued(rings, tasks.settle_cleanup, cleanups.dead_cleanups()):
        tasks.settle_cleanup.enqueue(each)  # guard: F7


def _queue_dead_templates(rings: Rings) -> None:
    for each in _unqueued(rings, tasks.settle_templates, template_operations.dead_operations()):
        tasks.settle_templates.enqueue(each)  # guard: F7


def _queue_dead_rotations(rings: Rings) -> None:
    for each in _unqueued(rings, tasks.finish_rotation, rotations.dead_rotations()):
        tasks.finish_rotation.enqueue(each)  # guard: F23


def _queue_due_alerts(rings: Rings) -> None:
    if alerts.has_due_alerts() and rings.unqueued(tasks.send_alerts, [""]):
        tasks.send_alerts.enqueue()


def _end_tasks_of_the_dead(_rings: Rings) -> None:
    """End the tasks of workers that died. What they left undone is queued again by the rows."""
    living = workers.ids_of_the_living()
    running = DBTaskResult.objects.filter(status="RUNNING").only("worker_ids")
    dead = [each.pk for each in running if not living.intersection(each.worker_ids)]
    DBTaskResult.objects.filter(pk__in=dead, status="RUNNING").update(
        status="FAILED", finished_at=timezone.now()
    )


def _delete_finished_tasks(_rings: Rings) -> None:
    """Keep the table short: two of its queries, made every few seconds, have no index."""
    finished = DBTaskResult.objects.filter(
        status__in=("SUCCESSFUL", "FAILED"), finished_at__lt=timezone.now() - KEEP_FINISHED
    )
    if finished.exists():
        finished.delete()


def _close_refusals(_rings: Rings) -> None:
    audit.close_refusals()


def _unqueued(rings: Rings, task: Task[Any, None], rows: Iterable[Any]) -> Iterable[str]:
    """The IDs of the rows for which the task has to be queued."""
    return rings.unqueued(task, [str(each.pk) for each in rows])
