"""The background tasks, through Django's Tasks framework.

A task carries an ID only. Rows say what is left to do, so tasks are idempotent: a duplicate does
nothing. `wizard/engine` runs them, and queues those that are due and were lost, or never queued.
Each queue is processed on its own, so that no work waits for work of another queue.

The path of a task is stored in rows and messages, which a worker of another version may read. A
task that is renamed keeps its old name as well, for one release.
"""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Final, Protocol

from django_tasks import task

from wizard.domain.origins import Origin, Way, acting
from wizard.services import (
    accounts,
    alerts,
    bulk_validation,
    cleanups,
    deletions,
    fleet_operations,
    operations,
    rotations,
    sweeps,
    template_operations,
)
from wizard.services.fleet import counting

# The queues. The setting TASKS has the same names.
OPERATIONS: Final = "operations"
VALIDATIONS: Final = "validations"
SCHEDULES: Final = "schedules"
ALERTS: Final = "alerts"
SWEEPS: Final = "sweeps"
ACCOUNTS: Final = "accounts"

# As many parts of an operation over accounts are queued when it begins.
_FIRST_PARTS: Final = 10

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
def take_over_operation(operation_id: str) -> None:
    """Go on with an operation whose process died, or leave it to the person who has the token."""
    with _logged(f"Operation {operation_id}"):
        operations.go_on_dead(operation_id=uuid.UUID(operation_id))


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


@task(queue_name=SWEEPS)
def sweep_account(account_id: str) -> None:
    """Read the rules of an account's Regions; nothing if it is not due, or read already."""
    with _logged(f"The sweep of the account {account_id}"):
        sweeps.sweep_account(account_id=account_id)


@task(queue_name=SWEEPS)
def count_rules() -> None:
    """Count the rules of all accounts, for the trend; nothing if that was done lately."""
    with _logged("Counting the rules of all accounts"):
        counting.count_today()


@task(queue_name=ACCOUNTS)
def work_on_part(part_id: str) -> None:
    """Do what is left of the part of an account in an operation over accounts."""
    with _logged(f"The part {part_id} of an operation over accounts"):
        fleet_operations.work_on(part_id=uuid.UUID(part_id))


@task(queue_name=ACCOUNTS)
def add_accounts(import_id: str) -> None:
    """Test and add accounts of a plan that a person ordered; the next task goes on with others."""
    with _logged(f"Adding the accounts of the plan {import_id}"):
        plan = uuid.UUID(import_id)
        if accounts.add_planned(import_id=plan, is_stopping=stopping.is_set):
            add_accounts.enqueue(import_id)


class Bulk(Protocol):
    """A bulk validation: its ID, and whether a schedule started it."""

    @property
    def pk(self) -> uuid.UUID: ...

    @property
    def schedule_id(self) -> int | None: ...


def start_in_background(bulk: Bulk) -> None:
    """Queue a bulk validation; one that a person started does not wait for those of schedules."""
    queue = VALIDATIONS if bulk.schedule_id is None else SCHEDULES  # guard: B5
    run_bulk_validation.using(queue_name=queue).enqueue(str(bulk.pk))


def begin_parts(operation_id: uuid.UUID) -> None:
    """Queue the first parts of an operation over accounts; the worker finds the others."""
    for part in fleet_operations.open_parts(most=_FIRST_PARTS, operation_id=operation_id):
        work_on_part.enqueue(str(part.pk))


def finish_in_background(batch_id: uuid.UUID) -> int:
    """Queue the waiting operations of one batch; return their number."""
    waiting = operations.waiting_operations(batch_id=batch_id)
    for operation in waiting:
        _finish_at(operation.next_try_at, operation.pk)
    return len(waiting)


def acting_in_background() -> AbstractContextManager[None]:
    """Changes inside the block are attributed to the console itself, in the background."""
    return acting(Origin(way=Way.BACKGROUND))


def _finish_at(moment: datetime | None, operation_id: uuid.UUID) -> None:
    finish_operation.using(run_after=moment).enqueue(str(operation_id))


@contextmanager
def _logged(what: str) -> Iterator[None]:
    """Log a failure of the task, which the worker only stores in its table."""
    try:
        with acting_in_background():
            yield
    except Exception:
        logger.exception("%s failed", what)
        raise
