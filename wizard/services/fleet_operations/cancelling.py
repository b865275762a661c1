"""Cancelling an operation over accounts; AWS is not called."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from wizard.domain.errors import BulkValidationOfAnotherPerson, FleetOperationOfAnotherPerson
from wizard.models import FleetOperation, PartState
from wizard.services import access, bulk_validation
from wizard.services.fleet_operations import sealed_values
from wizard.services.fleet_operations.settling import close
from wizard.services.fleet_operations.starting import record


def may_cancel(*, operation: FleetOperation, actor: User) -> bool:
    """Whether the person started it or is an administrator."""
    return operation.actor_id == actor.pk or access.is_administrator(user=actor)


def cancel(*, operation: FleetOperation, actor: User) -> None:
    """Begin with no further account, and with no further validation of those that are begun.

    Operations that are inserted go on: they are few, and end by themselves. Raises
    FleetOperationOfAnotherPerson. Does nothing to one that has ended.
    """
    if not may_cancel(operation=operation, actor=actor):
        raise FleetOperationOfAnotherPerson(str(operation.pk))
    with transaction.atomic():
        open_ones = FleetOperation.objects.filter(
            pk=operation.pk, finished_at__isnull=True, cancel_requested_at__isnull=True
        )
        if not open_ones.update(cancel_requested_at=timezone.now()):
            return
        operation.parts.filter(state=PartState.WAITING).update(
            state=PartState.CANCELLED, finished_at=timezone.now()
        )
        sealed_values.erase(operation.pk)  # guard: S16
        close(operation)
        record(operation, "CancelFleetOperation")
    begun = operation.parts.filter(state=PartState.RUNNING).exclude(bulk=None)
    for part in begun.select_related("bulk"):
        if part.bulk is not None:
            try:
                bulk_validation.cancel_bulk_validation(bulk=part.bulk, actor=actor)
            except BulkValidationOfAnotherPerson:
                # It was running before, and that person still wants its results.
                continue
