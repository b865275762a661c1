"""What only the console remembers: operations and their steps, validation results, where
drafts are, sign-in links.

AWS keeps none of it. No row ever holds a credential.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain.alerts import AlertKind, Notice
from wizard.domain.errors import AwsError, recorded_error
from wizard.domain.rules import Rule
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


class ValidationResult(models.Model):
    """One answer of ValidatePullThroughCacheRule, which AWS itself does not store."""

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    ecr_repository_prefix = models.CharField(max_length=30)
    is_valid = models.BooleanField()
    failure = models.TextField(blank=True)
    validated_at = models.DateTimeField(auto_now_add=True)
    # How long ECR took to answer; empty for results of before it was measured.
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    # A rule deleted and made anew under the same prefix starts without results.
    rule_created_at = models.DateTimeField(null=True, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)

    class Meta:
        ordering = ["-validated_at", "-pk"]
        indexes = [
            models.Index(fields=["account_id", "region", "ecr_repository_prefix", "-validated_at"])
        ]

    def __str__(self) -> str:
        verdict = "valid" if self.is_valid else "failed"
        return f"{self.ecr_repository_prefix} ({self.region}): {verdict}"


class LastKnownRule(models.Model):
    """A rule as the console last saw it. Shown, dated, where its Region does not answer."""

    account_id = models.CharField(_("account"), max_length=12)
    region = models.CharField(_("Region"), max_length=32)
    ecr_repository_prefix = models.CharField(_("prefix"), max_length=30)
    upstream_registry_url = models.CharField(_("upstream URL"), max_length=255)
    upstream_registry = models.CharField(_("upstream registry"), max_length=64, blank=True)
    upstream_repository_prefix = models.CharField(_("upstream prefix"), max_length=30, blank=True)
    credential_arn = models.CharField(_("credential"), max_length=612, blank=True)
    custom_role_arn = models.CharField(_("role"), max_length=2048, blank=True)
    created_at = models.DateTimeField(_("created"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated"), null=True, blank=True)
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"))
    # When a complete list of the Region was first without it; empty while it exists.
    gone_since = models.DateTimeField(_("gone since"), null=True, blank=True)

    class Meta:
        verbose_name = _("last-known rule")
        verbose_name_plural = _("last-known rules")
        ordering = ["account_id", "region", "ecr_repository_prefix"]
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "region", "ecr_repository_prefix"], name="one_rule_per_prefix"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ecr_repository_prefix} ({self.region})"

    @property
    def target(self) -> Target:
        return Target(account_id=self.account_id, region=self.region)

    @property
    def rule(self) -> Rule:
        """The rule as the domain's value."""
        return Rule(
            ecr_repository_prefix=self.ecr_repository_prefix,
            upstream_registry_url=self.upstream_registry_url,
            registry_id=self.account_id,
            created_at=self.created_at,
            updated_at=self.updated_at,
            upstream_registry=self.upstream_registry or None,
            credential_arn=self.credential_arn or None,
            custom_role_arn=self.custom_role_arn or None,
            upstream_repository_prefix=self.upstream_repository_prefix or None,
        )


class RegionReading(models.Model):
    """When the rules of a Region were last read whole."""

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "region"], name="one_reading_per_region")
        ]

    def __str__(self) -> str:
        return f"{self.region}: {self.read_at:%Y-%m-%d %H:%M}"


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


class SignInLink(models.Model):
    """A one-time way in. Only the digest of the link's token is kept."""

    token_digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.user}: {self.expires_at:%Y-%m-%d %H:%M}"


class BulkState(models.TextChoices):
    """How far a bulk validation has come."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("In progress")
    DONE = "done", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")


class ItemState(models.TextChoices):
    """How far one rule of a bulk validation has come; an error is a call that itself failed."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Validating")
    DONE = "done", _("Validated")
    CANCELLED = "cancelled", _("Cancelled")
    ERROR = "error", _("Not validated")


class ValidationSchedule(models.Model):
    """How often a rule, or without a prefix every rule of a Region, is validated by itself."""

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    ecr_repository_prefix = models.CharField(max_length=30, blank=True)
    every_hours = models.PositiveSmallIntegerField()
    next_due_at = models.DateTimeField()
    # Results of the schedule are this person's.
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

    Who holds the work is `runner`, until `lease_until`, which it renews while it lives.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.CharField(max_length=12)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    schedule = models.ForeignKey(
        ValidationSchedule, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    # What was asked for, so that asking twice finds the one that is under way.
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
    """One rule of a bulk validation; without a prefix, the list of a Region's rules to be read."""

    bulk = models.ForeignKey(BulkValidation, on_delete=models.CASCADE, related_name="items")
    region = models.CharField(max_length=32)
    ecr_repository_prefix = models.CharField(max_length=30, blank=True)
    # As the Region's list told it; empty while the rule itself has not been looked up.
    rule_created_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=ItemState.choices, default=ItemState.WAITING)
    result = models.ForeignKey(
        ValidationResult, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    error_record = models.JSONField(null=True, blank=True)
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
    """The day on which a rule's upstream token ends, as a person noted it; no API tells it."""

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    ecr_repository_prefix = models.CharField(max_length=30)
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


class Alert(models.Model):
    """Something about a rule that people are to be told by e-mail or webhook."""

    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    ecr_repository_prefix = models.CharField(max_length=30)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in AlertKind])
    # AWS's own words for a failure.
    reason = models.TextField(blank=True)
    expires_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["account_id", "region", "ecr_repository_prefix", "-created_at"])
        ]

    def __str__(self) -> str:
        return f"{self.ecr_repository_prefix} ({self.region}): {self.kind}"

    @property
    def notice(self) -> Notice:
        """The alert as the domain's value."""
        return Notice(
            kind=AlertKind(self.kind),
            target=Target(account_id=self.account_id, region=self.region),
            ecr_repository_prefix=self.ecr_repository_prefix,
            at=self.created_at,
            reason=self.reason,
            expires_on=self.expires_on,
        )


class AlertDelivery(models.Model):
    """One way an alert went, or why it did not go yet."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=16)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)

    class Meta:
        ordering = ["channel"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "channel"], name="one_delivery_per_channel")
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {'delivered' if self.delivered_at else self.failure}"


class TablePreference(models.Model):
    """How a person wants tables of rules: rows on a page, and the columns left out."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    page_size = models.PositiveSmallIntegerField()
    hidden_columns = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.user}: {self.page_size}"
