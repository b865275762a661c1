"""Operations and their journal, and where unfinished drafts are."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain.errors import AwsError, recorded_error
from wizard.domain.targets import Target


class OperationState(models.TextChoices):
    """How far an operation, or one AWS change of it, has come."""

    RUNNING = "running", _("In progress")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")


class Operation(models.Model):
    """One confirmed wizard. The row is unique on its draft: that makes Create happen once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft_id = models.CharField(max_length=64, unique=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    ecr_repository_prefix = models.CharField(max_length=30)
    upstream_registry_url = models.CharField(max_length=255)
    state = models.CharField(
        max_length=16, choices=OperationState.choices, default=OperationState.RUNNING
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.ecr_repository_prefix} ({self.region}): {self.state}"

    @property
    def target(self) -> Target:
        return Target(account_id=self.account_id, region=self.region)


class OperationStep(models.Model):
    """One AWS change of an operation: its intent is written before the call, its result after."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="steps")
    action = models.CharField(max_length=64)
    # What the call is about before it is made, and what AWS named it after: a name, then an ARN.
    identifier = models.CharField(max_length=700)
    state = models.CharField(
        max_length=16, choices=OperationState.choices, default=OperationState.RUNNING
    )
    error_record = models.JSONField(null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.identifier}: {self.state}"

    @property
    def error(self) -> AwsError | None:
        return recorded_error(self.error_record) if self.error_record else None


class OpenDraft(models.Model):
    """Where a person's unfinished drafts are; the drafts themselves are sessions."""

    draft_id = models.CharField(max_length=64, unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["owner", "account_id", "region"])]

    def __str__(self) -> str:
        return f"{self.draft_id} ({self.region})"
