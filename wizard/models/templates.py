"""Operations that copy or delete a repository creation template in several Regions."""

import uuid

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain import Target
from wizard.domain.errors import AwsError, is_answer_lost, recorded_error
from wizard.models.held import HeldRow
from wizard.models.kept import KeptCharField, KeptJSONField


class TemplateVerb(models.TextChoices):
    """What an operation does in each of its Regions."""

    COPY = "copy", _("Copy")
    DELETE = "delete", _("Delete")


class TemplateState(models.TextChoices):
    """The states of a Region in an operation."""

    WAITING = "waiting", _("Not started")
    RUNNING = "running", _("In progress")
    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    DELETED = "deleted", _("Deleted")
    # The template was as wanted before the console asked for a change.
    UNCHANGED = "unchanged", _("Nothing to change")
    FAILED = "failed", _("Not changed")


DONE = (
    TemplateState.CREATED,
    TemplateState.UPDATED,
    TemplateState.DELETED,
    TemplateState.UNCHANGED,
)


class TemplateOperation(HeldRow):
    """One template that is copied to several Regions, or deleted there.

    The ID comes from the form, so that a form that is sent twice starts one operation.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.CharField(max_length=12)
    prefix = KeptCharField(max_length=256)
    verb = models.CharField(max_length=16, choices=TemplateVerb.choices)
    # The settings to copy, as `settings_of` gives them; empty for a deletion.
    settings = KeptJSONField(default=dict)
    # The person who started or last continued it.
    actor = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["account_id", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.verb} {self.prefix} ({self.account_id}): {self.pk}"


class TemplateChange(models.Model):
    """One Region of an operation: the journal of its one AWS call.

    `RUNNING` and the ID of the audited change are written before the call, the result after it.
    """

    operation = models.ForeignKey(
        TemplateOperation, on_delete=models.CASCADE, related_name="changes"
    )
    region = models.CharField(max_length=32)
    # The settings there when the person confirmed; empty without a template.
    before = KeptJSONField(default=dict)
    state = models.CharField(
        max_length=16, choices=TemplateState.choices, default=TemplateState.WAITING
    )
    error_record = KeptJSONField(null=True, blank=True)
    # The ID of the latest change in the audit trail; None as long as AWS was not asked.
    event_id = models.UUIDField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["region"]
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "region"], name="one_row_per_region_of_a_template"
            )
        ]

    def __str__(self) -> str:
        return f"{self.region}: {self.state}"

    @property
    def target(self) -> Target:
        return Target(account_id=self.operation.account_id, region=self.region)

    @property
    def error(self) -> AwsError | None:
        return recorded_error(self.error_record) if self.error_record else None

    @property
    def is_done(self) -> bool:
        """Whether the Region is as wanted, as far as it is known."""
        return self.state in DONE

    @property
    def is_unknown(self) -> bool:
        """Whether it is not known if AWS made the change: interrupted, or the answer was lost."""
        if self.state == TemplateState.RUNNING:
            return True
        return self.error is not None and is_answer_lost(self.error)
