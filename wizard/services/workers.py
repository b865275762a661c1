"""Whether a background worker is alive: each writes a heartbeat every few seconds."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from wizard.models import WorkerHeartbeat

_KEPT: Final = timedelta(days=7)


def beat(worker_id: str) -> None:
    """Note that the worker is alive, and forget those that ended long ago."""
    now = timezone.now()
    WorkerHeartbeat.objects.update_or_create(worker_id=worker_id, defaults={"seen_at": now})
    WorkerHeartbeat.objects.filter(seen_at__lt=now - _KEPT).delete()
