"""The background workers: whether one is alive, and which of them looks for due work.

Each writes a heartbeat every few seconds, with the time of the database, so that the clocks of
their machines do not matter. The oldest of those that are alive looks for due work. When it is not
seen for some seconds, the next one does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from wizard.models import WorkerHeartbeat
from wizard.services.lease_keeping import LEASE, RENEW_SECONDS

# Without a heartbeat for this long, no worker is alive.
ABSENT_AFTER: Final = timedelta(minutes=1)
# Without one for this long, another worker looks for due work.
SUCCEEDED_AFTER: Final = timedelta(seconds=15)
# Leases have the time of the machine that holds them. One whose clock is wrong by more could count
# as dead while it works. A warning comes earlier.
CLOCK_TOLERANCE: Final = LEASE - timedelta(seconds=RENEW_SECONDS)
_CLOCK_WARNING: Final = timedelta(seconds=5)
_KEPT: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What a worker learns at its heartbeat."""

    looks: bool
    clock_difference: timedelta

    @property
    def is_clock_off(self) -> bool:
        return abs(self.clock_difference) > _CLOCK_WARNING


def beat(worker_id: str) -> Pulse:
    """Note that the worker is alive, and forget those that ended long ago."""
    WorkerHeartbeat.objects.update_or_create(worker_id=worker_id, defaults={"seen_at": Now()})
    now = timezone.now()
    WorkerHeartbeat.objects.filter(seen_at__lt=now - _KEPT).delete()
    rows = WorkerHeartbeat.objects.filter(stopped_at__isnull=True).annotate(database_now=Now())
    found = list(rows.order_by("started_at", "worker_id"))
    own = next(each for each in found if each.worker_id == worker_id)
    living = [each.worker_id for each in found if own.database_now - each.seen_at < SUCCEEDED_AFTER]
    return Pulse(looks=living[:1] == [worker_id], clock_difference=now - own.database_now)


def retire(worker_id: str) -> None:
    """Note that the worker stops, so that another one looks for due work at once."""
    WorkerHeartbeat.objects.filter(worker_id=worker_id).update(stopped_at=Now())


def ids_of_the_living() -> set[str]:
    """The workers that are alive."""
    living = WorkerHeartbeat.objects.filter(seen_at__gte=timezone.now() - ABSENT_AFTER)
    return set(living.values_list("worker_id", flat=True))


def last_seen() -> datetime | None:
    """When any worker was last seen alive; None if there was none in the last days."""
    seen: datetime | None = WorkerHeartbeat.objects.aggregate(last=Max("seen_at"))["last"]
    return seen


def is_alive(seen: datetime | None) -> bool:
    """Whether a worker that was last seen then counts as alive."""
    return seen is not None and timezone.now() - seen <= ABSENT_AFTER
