"""The audit trail: append-only rows, each sealed with the one before it."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditPhase(models.TextChoices):
    """A change has an intent, then a result; everything else is an event of its own."""

    INTENT = "intent", _("Intent")
    RESULT = "result", _("Result")
    EVENT = "event", _("Event")


class AuditOutcome(models.TextChoices):
    """What came of it; empty for an intent."""

    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    REFUSED = "refused", _("Refused")


class AuditEvent(models.Model):
    """Who did what, when, from where, and what came of it.

    `sequence` counts without gaps. `seal` is an HMAC over the row and the seal before it, with a
    key that is not in the database. No column ever holds a credential.
    """

    sequence = models.BigIntegerField(primary_key=True)
    # An intent and its result share it.
    event_id = models.UUIDField(default=uuid.uuid4, editable=False)
    phase = models.CharField(max_length=8, choices=AuditPhase.choices)
    happened_at = models.DateTimeField()
    # No foreign key: the row outlives the person, and must not change when the person does.
    user_id = models.BigIntegerField(null=True, blank=True)
    username = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=45, blank=True)
    way = models.CharField(max_length=16)
    action = models.CharField(max_length=64)
    account_id = models.CharField(max_length=12, blank=True)
    region = models.CharField(max_length=32, blank=True)
    # What it was done to: a prefix, a secret's name, a person.
    subject = models.CharField(max_length=700, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=AuditOutcome.choices, blank=True)
    error = models.JSONField(null=True, blank=True)
    request_ids = models.JSONField(default=list)
    seal = models.CharField(max_length=64)

    class Meta:
        ordering = ["-sequence"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.sequence}: {self.action} {self.subject} ({self.phase})"


class AuditHead(models.Model):
    """The end of the chain: the one row that whoever appends must lock."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    sequence = models.BigIntegerField(default=0)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.sequence}: {self.seal}"
