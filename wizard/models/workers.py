"""The background workers, and when each of them was last seen alive."""

from django.db import models


class WorkerHeartbeat(models.Model):
    """A process of the background worker, which writes `seen_at` every few seconds."""

    worker_id = models.CharField(max_length=64, primary_key=True)
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()
    # When it was told to stop: another one looks for due work from then on.
    stopped_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.worker_id}: {self.seen_at.isoformat()}"
