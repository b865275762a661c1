"""How a part of an operation over accounts ends, and with the last one the operation."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from wizard.domain.errors import AwsError, error_record
from wizard.models import OPEN_PARTS, FleetOperation, FleetPart, PartState
from wizard.services.fleet_operations import sealed_values
from wizard.services.lease_keeping import LEASE


def end(part: FleetPart, state: PartState, **columns: Any) -> None:
    """Write the end of a part whose lease this process holds."""
    ours = FleetPart.objects.filter(pk=part.pk, runner=part.runner, state__in=OPEN_PARTS)
    ours.update(state=state, finished_at=timezone.now(), runner="", lease_until=None, **columns)
    close(part.operation)


def come_back(part: FleetPart, *, at: datetime | None = None) -> None:
    """Give up the lease of a part on whose rows another worker works, and look again later.

    Without a moment, that is when a lease of now would have expired.
    """
    ours = FleetPart.objects.filter(pk=part.pk, runner=part.runner)
    ours.update(runner="", lease_until=at or timezone.now() + LEASE)


def fail(part: FleetPart, error: AwsError) -> None:
    """End a part in whose account nothing can be done."""
    number = len(part.rules)
    end(
        part,
        PartState.FAILED,
        error_record=error_record(error),
        total=number,
        failed=number,
    )


def close(operation: FleetOperation) -> None:
    """End the operation if none of its parts is open any more; its credential is erased then."""
    is_open = FleetPart.objects.filter(operation=OuterRef("pk"), state__in=OPEN_PARTS)
    ended = FleetOperation.objects.filter(~Exists(is_open), pk=operation.pk)
    if ended.filter(finished_at__isnull=True).update(finished_at=timezone.now()):
        sealed_values.erase(operation.pk)  # guard: S16
