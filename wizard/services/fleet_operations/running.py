"""The background's work on one part of an operation over accounts.

A part is a task. Its row says whether it is open; the rows of the account say what is left to do in
it. So a task that is lost, or comes twice, does no harm, and the part of a worker that died is
worked on elsewhere as soon as its lease has expired.
"""

import logging
import uuid

from django.db.models import Q
from django.utils import timezone

from wizard.domain.origins import acting_for
from wizard.models import OPEN_PARTS, FleetOperation, FleetPart, PartState
from wizard.services import held, places
from wizard.services.fleet_operations.rotation_ends import end_unusable
from wizard.services.fleet_operations.settling import end
from wizard.services.fleet_operations.verbs import WORK

logger = logging.getLogger(__name__)


def open_parts(*, most: int, operation_id: uuid.UUID | None = None) -> list[FleetPart]:
    """Return open parts that no worker has. Those of all operations take turns."""
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())
    rows = FleetPart.objects.filter(is_free, state__in=OPEN_PARTS)
    if operation_id is not None:
        rows = rows.filter(operation=operation_id)
    return list(rows.order_by("number", "pk").only("pk")[:most])


def work_on(*, part_id: uuid.UUID) -> None:
    """Do what is left of a part; nothing if it has ended or another worker has it."""
    part = FleetPart.objects.filter(pk=part_id, state__in=OPEN_PARTS).first()
    if part is None or not held.take(part):
        return
    operation = FleetOperation.objects.select_related("actor").get(pk=part.operation_id)
    part.operation = operation
    try:
        with acting_for(operation.actor), held.kept([part]):
            _work(part)
    finally:
        held.give_up(part)


def _work(part: FleetPart) -> None:
    if not part.is_open:
        return
    operation = part.operation
    if operation.cancel_requested_at is not None and part.state == PartState.WAITING:
        end(part, PartState.CANCELLED)
        return
    has_begun = part.bulk_id is not None or part.import_id is not None
    refusal = None if has_begun else places.refusal_of_work(part.account_id)
    if refusal is not None:  # guard: B6
        end_unusable(part, refusal)
        return
    WORK[operation.verb](part)
