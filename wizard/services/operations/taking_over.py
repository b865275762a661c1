"""Operations whose process died: the background goes on with what needs no credential.

It compares with AWS first, as a person who completes an operation does, and acts for the person who
confirmed it. An operation whose secret does not exist needs the upstream credential. It is left to
the part of an operation over accounts that keeps the credential. Without one it stays interrupted,
and the page Operations asks a person for the credential.
"""

import uuid

from django.utils import timezone

from wizard.domain.errors import NotPermitted
from wizard.models import Operation, OperationState
from wizard.services.operations import leases, replicas
from wizard.services.operations.batches import work
from wizard.services.operations.comparing import compare
from wizard.services.operations.leases import LeaseLost
from wizard.services.operations.recovery import is_done, note_found
from wizard.services.operations.running import (
    BACKGROUND_LIMIT,
    acting_for,
    has_worker_with_credential,
    left_to_another,
    may_go_on,
)


def dead_operations(*, most: int | None = None) -> list[Operation]:
    """Return the operations whose process died, and which nobody has looked at since."""
    return list(Operation.objects.filter(leases.is_dead()).order_by("lease_until")[:most])


def go_on_dead(*, operation_id: uuid.UUID) -> None:
    """Create what is missing, or leave the operation to a person.

    Does nothing when another process has it. While AWS does not answer, the lease is left to
    expire, after which it is tried again, for as long as the background tries at all.
    """
    rows = Operation.objects.select_related("actor")
    operation = rows.filter(leases.is_dead(), pk=operation_id).first()
    if operation is None or not leases.take_dead(operation):
        return
    with acting_for(operation.actor), leases.kept([operation]):
        try:
            if may_go_on(operation):
                _go_on(operation)
        except LeaseLost:
            left_to_another(operation)


def _go_on(operation: Operation) -> None:
    comparison = compare(operation)
    if comparison.error is not None:
        _wait_for(operation)
        return
    note_found(operation, comparison)
    if is_done(operation, comparison):
        leases.finish(operation, OperationState.SUCCEEDED)
    elif operation.needs_credential and has_worker_with_credential(operation):
        leases.hand_over(operation)
    elif _needs_person(operation):
        leases.leave_to_person(operation)
    else:
        work([operation], None)


def _wait_for(operation: Operation) -> None:
    """Try again when the lease has expired, or give up."""
    since = operation.waiting_since or timezone.now()
    if timezone.now() - since > BACKGROUND_LIMIT:
        leases.leave_to_person(operation)


def _needs_person(operation: Operation) -> bool:
    """Whether only a person can go on, who has the upstream credential or the permission."""
    if operation.is_superseded or operation.needs_credential:
        return True
    if not operation.waits_for_replica:
        return False
    try:
        replicas.check_regions([operation], actor=operation.actor)
    except NotPermitted:
        return True
    source = Operation.objects.filter(batch_id=operation.batch_id, region=operation.replica_of)
    return any(each.needs_credential for each in source)
