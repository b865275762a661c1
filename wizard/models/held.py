"""The lease on a row that one process at a time works on, and the heartbeats of the workers."""

from django.db import models
from django.utils import timezone


class HeldRow(models.Model):
    """A row whose `runner` has the lease until `lease_until` and renews it.

    A runner is a random text of the process that does the work. One whose lease has expired is
    dead. `services/held.py` takes, renews and ends leases.
    """

    runner = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_running(self) -> bool:
        """Whether a living process works on it."""
        return self.lease_until is not None and self.lease_until >= timezone.now()

    @property
    def is_interrupted(self) -> bool:
        """Whether its process died: the lease was not given up and has expired."""
        return self.lease_until is not None and not self.is_running


class WorkerHeartbeat(models.Model):
    """A process of the background worker, which writes `seen_at` every few seconds."""

    worker_id = models.CharField(max_length=64, primary_key=True)
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()
    # When it was told to stop: another one looks for due work from then on.
    stopped_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.worker_id}: {self.seen_at.isoformat()}"
