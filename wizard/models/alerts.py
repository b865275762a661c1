"""Alerts and their deliveries."""

import uuid

from django.db import models

from wizard.domain import Target
from wizard.domain.alerts import AlertKind, Notice
from wizard.models.kept import KeptCharField, KeptTextField


class Alert(models.Model):
    """An alert about a rule, to be sent by each configured channel."""

    # The same in each delivery, so that a receiver recognises one that is repeated.
    notice_id = models.UUIDField(default=uuid.uuid4, editable=False)
    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    ecr_repository_prefix = KeptCharField(max_length=30)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in AlertKind])
    # AWS's message for a failure.
    reason = KeptTextField(blank=True)
    expires_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["account_id", "region", "ecr_repository_prefix", "-created_at"]),
            # The worker looks for new ones every few seconds.
            models.Index(fields=["created_at"], name="alerts_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.ecr_repository_prefix} ({self.region}): {self.kind}"

    @property
    def is_failure(self) -> bool:
        """Whether it tells that a rule failed."""
        return self.kind == AlertKind.FAILED

    @property
    def notice(self) -> Notice:
        """Return the alert as a domain value."""
        return Notice(
            id=str(self.notice_id),
            kind=AlertKind(self.kind),
            target=Target(account_id=self.account_id, region=self.region),
            ecr_repository_prefix=self.ecr_repository_prefix,
            at=self.created_at,
            reason=self.reason,
            expires_on=self.expires_on,
        )


class AlertDelivery(models.Model):
    """The delivery of an alert by one channel, or the reason why it failed."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=16)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True, blank=True)
    # The next attempt is not made before this time.
    retry_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    failure = KeptTextField(blank=True)

    class Meta:
        ordering = ["channel"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "channel"], name="one_delivery_per_channel")
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {'delivered' if self.delivered_at else self.failure}"
