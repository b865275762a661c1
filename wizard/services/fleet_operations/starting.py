"""Starting and cancelling an operation over accounts; AWS is not called.

The parts are rows from the beginning, so nothing is lost, whatever dies. The background works on
them one after the other.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from wizard.domain import Role
from wizard.domain.errors import BulkValidationOfAnotherPerson, FleetOperationOfAnotherPerson
from wizard.models import (
    AuditOutcome,
    FleetOperation,
    FleetPart,
    FleetVerb,
    PartState,
)
from wizard.services import access, bulk_validation
from wizard.services.audit import record_event
from wizard.services.fleet_operations.planning import AccountPlan
from wizard.services.fleet_operations.settling import close


def start(
    *,
    operation_id: uuid.UUID,
    verb: FleetVerb,
    accounts: Sequence[AccountPlan],
    actor: User,
) -> FleetOperation | None:
    """Insert an operation for these accounts; None if the same form has started it already.

    Raises NotPermitted, and inserts nothing, for a Region of an account that is not the person's.
    """
    for each in accounts:
        access.check_regions(  # guard: Z2
            user=actor, role=Role.OPERATOR, account_id=each.account_id, codes=each.regions
        )
    try:
        with transaction.atomic():
            operation = FleetOperation.objects.create(id=operation_id, verb=verb, actor=actor)
            FleetPart.objects.bulk_create(
                (
                    FleetPart(
                        operation=operation,
                        number=number,
                        account_id=each.account_id,
                        regions=list(each.regions),
                        rules=list(each.rules),
                    )
                    for number, each in enumerate(accounts)
                ),
                batch_size=500,
            )
            facts = {
                "verb": str(verb),
                "accounts": len(accounts),
                "rules": sum(len(each.rules) for each in accounts),
            }
            _record(operation, "StartFleetOperation", after=facts)
    except IntegrityError:  # guard: W1
        return None
    return operation


def may_cancel(*, operation: FleetOperation, actor: User) -> bool:
    """Whether the person started it or is an administrator."""
    return operation.actor_id == actor.pk or access.is_administrator(user=actor)


def cancel(*, operation: FleetOperation, actor: User) -> None:
    """Begin with no further account, and with no further validation of those that are begun.

    Raises FleetOperationOfAnotherPerson. Does nothing to one that has ended.
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
        close(operation)
        _record(operation, "CancelFleetOperation")
    begun = operation.parts.filter(state=PartState.RUNNING).exclude(bulk=None)
    for part in begun.select_related("bulk"):
        if part.bulk is not None:
            try:
                bulk_validation.cancel_bulk_validation(bulk=part.bulk, actor=actor)
            except BulkValidationOfAnotherPerson:
                # It was running before, and that person still wants its results.
                continue


def _record(operation: FleetOperation, action: str, *, after: dict[str, Any] | None = None) -> None:
    record_event(action, subject=str(operation.pk), outcome=AuditOutcome.SUCCEEDED, after=after)
