"""Rotations: a new credential for all secrets of one upstream, over Regions, and their journal."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain import Target
from wizard.domain.errors import AwsError, is_answer_lost, recorded_error
from wizard.models.held import HeldRow
from wizard.models.kept import KeptCharField, KeptJSONField
from wizard.models.operations import new_request_token
from wizard.models.validations import BulkValidation


class RotatedState(models.TextChoices):
    """The states of a secret in a rotation, and of a step of its journal."""

    WAITING = "waiting", _("Not started")
    RUNNING = "running", _("In progress")
    SUCCEEDED = "succeeded", _("New version stored")
    FAILED = "failed", _("Failed")
    PUT_BACK = "put-back", _("Old version put back")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class UsedBy:
    """A rule that uses a secret of a rotation; with a replica, in another Region than it."""

    region: str
    ecr_repository_prefix: str


class Rotation(HeldRow):
    """One new credential for several secrets. No column contains it.

    The ID comes from the form, so that a form that is sent twice starts one rotation.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.CharField(max_length=12)
    # The host of the rules' upstream registry; empty for a secret that no rule uses.
    upstream = KeptCharField(max_length=255, blank=True)
    # The person who started or last continued it.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    # The latest validation of its rules.
    bulk = models.ForeignKey(
        BulkValidation, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["account_id", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.upstream} ({self.account_id}): {self.pk}"


class RotatedSecret(models.Model):
    """A secret of a rotation; a replicated one is changed at its primary."""

    rotation = models.ForeignKey(Rotation, on_delete=models.CASCADE, related_name="secrets")
    region = models.CharField(max_length=32)
    name = KeptCharField(max_length=512)
    arn = KeptCharField(max_length=700)
    # The rules that used it when the rotation began, by Region and prefix.
    used_by = KeptJSONField(default=list)
    # The ID of the new version, and of the one that was current before it.
    version = models.CharField(max_length=64, default=new_request_token)
    previous_version = KeptCharField(max_length=64, blank=True)
    state = models.CharField(
        max_length=16, choices=RotatedState.choices, default=RotatedState.WAITING
    )
    error_record = KeptJSONField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["region", "name"]
        constraints = [
            models.UniqueConstraint(fields=["rotation", "arn"], name="one_row_per_rotated_secret")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.region}): {self.state}"

    @property
    def target(self) -> Target:
        return Target(account_id=self.rotation.account_id, region=self.region)

    @property
    def rules(self) -> list[UsedBy]:
        kept: list[Mapping[str, str]] = self.used_by
        return [
            UsedBy(region=each["region"], ecr_repository_prefix=each["prefix"]) for each in kept
        ]

    @property
    def error(self) -> AwsError | None:
        return recorded_error(self.error_record) if self.error_record else None

    @property
    def is_unknown(self) -> bool:
        """Whether it is not known if AWS made the last change: cut off, or its answer was lost."""
        if self.state == RotatedState.RUNNING:
            return True
        return self.error is not None and is_answer_lost(self.error)


class RotationStep(models.Model):
    """One AWS change of a rotation; its intent is written before the call, its result after."""

    secret = models.ForeignKey(RotatedSecret, on_delete=models.CASCADE, related_name="steps")
    action = models.CharField(max_length=64)
    # The version that the change makes current.
    version = models.CharField(max_length=64)
    state = models.CharField(
        max_length=16, choices=RotatedState.choices, default=RotatedState.RUNNING
    )
    error_record = KeptJSONField(null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.version}: {self.state}"
