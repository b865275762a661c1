"""Validation results, bulk validations, schedules, and expiry dates of tokens."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain import Target
from wizard.domain.errors import AwsError, recorded_error
from wizard.models.kept import KeptCharField, KeptJSONField, KeptTextField


class ValidationResult(models.Model):
    """One result of ValidatePullThroughCacheRule, which AWS does not store."""

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    ecr_repository_prefix = KeptCharField(max_length=30)
    is_valid = models.BooleanField()
    failure = KeptTextField(blank=True)
    validated_at = models.DateTimeField(auto_now_add=True)
    # How long ECR took to answer; empty for results of before it was measured.
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    # Distinguishes the rule from a deleted one with the same prefix.
    rule_created_at = models.DateTimeField(null=True, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    # The secret that was tried; its version if the upstream registry refused the login.
    credential_arn = KeptTextField(blank=True)
    refused_version = KeptCharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-validated_at", "-pk"]
        indexes = [
            models.Index(fields=["account_id", "region", "ecr_repository_prefix", "-validated_at"])
        ]

    def __str__(self) -> str:
        verdict = "valid" if self.is_valid else "failed"
        return f"{self.ecr_repository_prefix} ({self.region}): {verdict}"


class BulkState(models.TextChoices):
    """The states of a bulk validation."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("In progress")
    DONE = "done", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")


class ItemState(models.TextChoices):
    """The states of an item; ERROR is a failed call, not a failed validation."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Validating")
    DONE = "done", _("Validated")
    CANCELLED = "cancelled", _("Cancelled")
    ERROR = "error", _("Not validated")


class ValidationSchedule(models.Model):
    """The schedule of a rule, or without a prefix, of all rules of a Region."""

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    ecr_repository_prefix = KeptCharField(max_length=30, blank=True)
    every_hours = models.PositiveSmallIntegerField()
    next_due_at = models.DateTimeField()
    # The person for whom the schedule acts.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)

    class Meta:
        ordering = ["account_id", "region", "ecr_repository_prefix"]
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "region", "ecr_repository_prefix"],
                name="one_schedule_per_scope",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ecr_repository_prefix or self.region}: every {self.every_hours} h"


class BulkValidation(models.Model):
    """Many rules validated in the background. The row, not the queue, says what is left to do.

    `runner` has the lease until `lease_until` and renews it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.CharField(max_length=12)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    schedule = models.ForeignKey(
        ValidationSchedule, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    # A digest of the selection, which makes starting it idempotent.
    scope_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=BulkState.choices, default=BulkState.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    runner = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["account_id", "-created_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "scope_digest"],
                condition=models.Q(finished_at__isnull=True),
                name="one_open_validation_per_scope",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.state}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class BulkValidationItem(models.Model):
    """One rule of a bulk validation; without a prefix, a Region whose rules are to be listed."""

    bulk = models.ForeignKey(BulkValidation, on_delete=models.CASCADE, related_name="items")
    region = models.CharField(max_length=32)
    ecr_repository_prefix = KeptCharField(max_length=30, blank=True)
    # From the list of the Region; empty for a rule that was selected by name.
    rule_created_at = models.DateTimeField(null=True, blank=True)
    credential_arn = KeptTextField(blank=True)
    state = models.CharField(max_length=16, choices=ItemState.choices, default=ItemState.WAITING)
    # How many workers have begun with it; more than one only if a worker ended before its result.
    attempts = models.PositiveSmallIntegerField(default=0)
    result = models.ForeignKey(
        ValidationResult, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    error_record = KeptJSONField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["region", "ecr_repository_prefix"]
        indexes = [models.Index(fields=["bulk", "state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["bulk", "region", "ecr_repository_prefix"], name="one_item_per_rule"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ecr_repository_prefix or self.region} ({self.region}): {self.state}"

    @property
    def target(self) -> Target:
        return Target(account_id=self.bulk.account_id, region=self.region)

    @property
    def error(self) -> AwsError | None:
        return recorded_error(self.error_record) if self.error_record else None


class CredentialExpiry(models.Model):
    """The expiry date of a rule's upstream token, noted by a person; no API returns it."""

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    ecr_repository_prefix = KeptCharField(max_length=30)
    expires_on = models.DateField()
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    noted_at = models.DateTimeField(auto_now=True)
    warned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["expires_on", "region", "ecr_repository_prefix"]
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "region", "ecr_repository_prefix"],
                name="one_expiry_per_rule",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ecr_repository_prefix} ({self.region}): {self.expires_on}"

    @property
    def target(self) -> Target:
        return Target(account_id=self.account_id, region=self.region)
