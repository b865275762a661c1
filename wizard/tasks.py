"""The background tasks, through Django's Tasks framework.

A task carries an ID only. Rows say what is left to do, so tasks are idempotent: a lost task is
queued again by `resume`, and a duplicate does nothing.
"""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone
from django_tasks import task

from wizard.domain.origins import Origin, Way, acting
from wizard.services import alerts, bulk_validation, health, operations
from wizard.services.bulk_validation import unfinished_bulk_validations

logger = logging.getLogger(__name__)


@task
def run_bulk_validation(bulk_id: str) -> None:
    """Run a bulk validation, then send the alerts that it caused."""
    with _logged(f"Bulk validation {bulk_id}"):
        bulk_validation.run_bulk_validation(bulk_id=uuid.UUID(bulk_id))
        _send()


@task
def finish_operation(operation_id: str) -> None:
    """Retry an operation after a temporary refusal by AWS; queue the next try if it persists."""
    with _logged(f"Operation {operation_id}"):
        operation = operations.go_on(operation_id=uuid.UUID(operation_id))
        if operation is not None and operation.next_try_at is not None:
            _finish_at(operation.next_try_at, operation.pk)


def finish_in_background(batch_id: uuid.UUID | None = None) -> int:
    """Queue the waiting operations of one batch, or of all; return their number."""
    waiting = operations.waiting_operations(batch_id=batch_id)
    for operation in waiting:
        _finish_at(operation.next_try_at, operation.pk)
    return len(waiting)


@task
def send_alerts() -> None:
    """Send unsent alerts, and queue the next try for deliveries that failed."""
    with _logged("Sending alerts"):
        _send()


def send_new_alerts() -> None:
    """Queue `send_alerts` if there are new alerts."""
    if alerts.has_new_alerts():
        send_alerts.enqueue()


def _send() -> None:
    alerts.deliver_alerts()
    if moment := alerts.next_attempt():
        send_alerts.using(run_after=moment).enqueue()


@task
def validate_due() -> None:
    """Start due schedules, warn of expiring tokens, send unsent alerts."""
    with _logged("Looking for what is due"):
        look_for_due()


def look_for_due() -> int:
    """Do what `validate_due` says; return the number of bulk validations started."""
    started = health.start_due()
    for bulk in started:
        run_bulk_validation.enqueue(str(bulk.pk))
        if bulk.schedule is not None:
            bulk.schedule.refresh_from_db()
            look_again_at(bulk.schedule.next_due_at)
    health.warn_expiring()
    _send()
    return len(started)


def look_again_at(moment: datetime) -> None:
    """Queue `validate_due` for the given time."""
    validate_due.using(run_after=moment).enqueue()


def resume() -> tuple[int, int]:
    """Queue all unfinished work; return the numbers of bulk validations and operations.

    A bulk validation whose lease is valid is queued for the time at which the lease expires.
    """
    unfinished = unfinished_bulk_validations()
    for bulk in unfinished:
        held = bulk.lease_until is not None and bulk.lease_until > timezone.now()
        run_after = bulk.lease_until if held else None
        run_bulk_validation.using(run_after=run_after).enqueue(str(bulk.pk))
    for schedule in health.all_schedules():
        look_again_at(schedule.next_due_at)
    return len(unfinished), finish_in_background()


def _finish_at(moment: datetime | None, operation_id: uuid.UUID) -> None:
    finish_operation.using(run_after=moment).enqueue(str(operation_id))


@contextmanager
def _logged(what: str) -> Iterator[None]:
    """Log a failure of the task, which the worker only stores in its table.

    Changes inside the block are attributed to the console itself, in the background.
    """
    try:
        with acting(Origin(way=Way.BACKGROUND)):
            yield
    except Exception:
        logger.exception("%s failed", what)
        raise
