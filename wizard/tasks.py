"""What is done in the background, through Django's Tasks framework.

A task carries an id and nothing else; what is left to do stands in rows. So a task may be lost or
come twice: `resume` queues what is unfinished, and whatever is done already is not done again.
"""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone
from django_tasks import task

from wizard.domain.origins import Origin, Way, acting
from wizard.services import bulk_validation, health, operations
from wizard.services.alerts import delivery

logger = logging.getLogger(__name__)


@task
def run_bulk_validation(bulk_id: str) -> None:
    """Validate what is waiting, then tell people of rules that turned."""
    with _logged(f"Bulk validation {bulk_id}"):
        bulk_validation.run_bulk_validation(bulk_id=uuid.UUID(bulk_id))
        _send()


@task
def finish_operation(operation_id: str) -> None:
    """Try again what AWS refused for now only, and come back while it goes on refusing."""
    with _logged(f"Operation {operation_id}"):
        operation = operations.go_on(operation_id=uuid.UUID(operation_id))
        if operation is not None and operation.next_try_at is not None:
            _finish_at(operation.next_try_at, operation.pk)


def finish_in_background(batch_id: uuid.UUID | None = None) -> int:
    """Queue the operations that wait, of one batch or of all; return how many they are."""
    waiting = operations.waiting_operations(batch_id=batch_id)
    for operation in waiting:
        _finish_at(operation.next_try_at, operation.pk)
    return len(waiting)


@task
def send_alerts() -> None:
    """Send the alerts that are not sent, and come back for what could not be delivered."""
    with _logged("Sending alerts"):
        _send()


def send_new_alerts() -> None:
    """Queue that, if there is something new to send."""
    if delivery.has_new_alerts():
        send_alerts.enqueue()


def _send() -> None:
    delivery.deliver_alerts()
    if moment := delivery.next_attempt():
        send_alerts.using(run_after=moment).enqueue()


@task
def validate_due() -> None:
    """Start the schedules that are due, warn of tokens that end, send what is not sent."""
    with _logged("Looking for what is due"):
        look_for_due()


def look_for_due() -> int:
    """Do what is due now and queue the next look; return how many bulk validations started."""
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
    """Queue a look for what is due, at the moment at which something will be."""
    validate_due.using(run_after=moment).enqueue()


def resume() -> tuple[int, int]:
    """Queue everything that is unfinished: (bulk validations, operations).

    One whose last worker may still live is left alone until that worker's lease has run out.
    """
    unfinished = bulk_validation.unfinished_bulk_validations()
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
    """The worker keeps a failure in its table, where nobody looks; the log gets it too.

    What is done in the block is the console's own doing, in the background.
    """
    try:
        with acting(Origin(way=Way.BACKGROUND)):
            yield
    except Exception:
        logger.exception("%s failed", what)
        raise
