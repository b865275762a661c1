"""Deletions: the rules that a person confirmed to delete together, over Regions."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain import Rule, Target
from wizard.domain.errors import AwsError, is_answer_lost, recorded_error
from wizard.domain.registries import normalised_url
from wizard.models.held import HeldRow
from wizard.models.kept import KeptCharField, KeptJSONField


class DeletedState(models.TextChoices):
    """The states of a rule in a deletion."""

    WAITING = "waiting", _("Not started")
    RUNNING = "running", _("In progress")
    SUCCEEDED = "succeeded", _("Deleted")
    ABSENT = "absent", _("Already deleted")
    FAILED = "failed", _("Not deleted")


class Deletion(HeldRow):
    """Several rules that are deleted together.

    The ID comes from the form, so that a form that is sent twice starts one deletion.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.CharField(max_length=12)
    # The person who started or last continued it.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["account_id", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.pk}"


class DeletedRule(models.Model):
    """A rule of a deletion: the journal of its one AWS call.

    `RUNNING` and the ID of the audited change are written before the call, the result after it.
    After a crash, a rule that is still running says that it is not known whether AWS deleted it.
    """

    deletion = models.ForeignKey(Deletion, on_delete=models.CASCADE, related_name="rules")
    region = models.CharField(max_length=32)
    ecr_repository_prefix = KeptCharField(max_length=256)
    # The rule as it was when the person confirmed, as the audit trail has it.
    facts = KeptJSONField(default=dict)
    state = models.CharField(
        max_length=16, choices=DeletedState.choices, default=DeletedState.WAITING
    )
    error_record = KeptJSONField(null=True, blank=True)
    # The ID of the latest change in the audit trail; None as long as AWS was not asked.
    event_id = models.UUIDField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["region", "ecr_repository_prefix"]
        constraints = [
            models.UniqueConstraint(
                fields=["deletion", "region", "ecr_repository_prefix"],
                name="one_row_per_deleted_rule",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ecr_repository_prefix} ({self.region}): {self.state}"

    @property
    def target(self) -> Target:
        return Target(account_id=self.deletion.account_id, region=self.region)

    @property
    def rule(self) -> Mapping[str, Any]:
        """The rule as it was; empty members are missing."""
        kept: Mapping[str, Any] = self.facts
        return kept

    def is_about(self, found: Rule) -> bool:
        """Whether this is the rule that the person selected, not a later one with its prefix."""
        born = self.rule.get("created_at")
        if born and found.created_at:
            return found.created_at == datetime.fromisoformat(born)
        return normalised_url(self.rule.get("upstream_registry_url", "")) == found.upstream_host

    @property
    def error(self) -> AwsError | None:
        return recorded_error(self.error_record) if self.error_record else None

    @property
    def is_gone(self) -> bool:
        """Whether the rule no longer exists, as far as it is known."""
        return self.state in (DeletedState.SUCCEEDED, DeletedState.ABSENT)

    @property
    def is_unknown(self) -> bool:
        """Whether it is not known if AWS deleted it: cut off, or the answer was lost."""
        if self.state == DeletedState.RUNNING:
            return True
        return self.error is not None and is_answer_lost(self.error)
