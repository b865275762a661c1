"""Whether a background worker is alive: each writes a heartbeat every few seconds."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max
from django.utils import timezone

from wizard.models import WorkerHeartbeat

# Without a heartbeat for this long, no worker is alive.
ABSENT_AFTER: Final = timedelta(minutes=1)
_KEPT: Final = timedelta(days=7)


def beat(worker_id: str) -> None:
    """Note that the worker is alive, and forget those that ended long ago."""
    now = timezone.now()
    WorkerHeartbeat.objects.update_or_create(worker_id=worker_id, defaults={"seen_at": now})
    WorkerHeartbeat.objects.filter(seen_at__lt=now - _KEPT).delete()


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
