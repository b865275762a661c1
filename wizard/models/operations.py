"""Operations and their journal, the list of open drafts, and their sealed credentials."""

import uuid
from dataclasses import replace

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wizard.domain import AwsAction, NewRule, Target
from wizard.domain.errors import AwsError, TemplateAlreadyExists, is_answer_lost, recorded_error
from wizard.domain.templates import CreationTemplate, template_of
from wizard.models.kept import KeptCharField, KeptJSONField


def new_request_token() -> str:
    """Return a ClientRequestToken, which makes CreateSecret idempotent."""
    return str(uuid.uuid4())


class OperationState(models.TextChoices):
    """The states of an operation and of its steps."""

    RUNNING = "running", _("In progress")
    WAITING = "waiting", _("Waiting to retry")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    # Nothing was requested of AWS: no rule can be created there, or the Region could not be read.
    UNTRIED = "untried", _("Not tried")
    CLEANED = "cleaned", _("Cleaned up")


UNDER_WAY = (OperationState.RUNNING, OperationState.WAITING)
_RULE_CREATED = (AwsAction.CREATE_RULE, AwsAction.PUT_BACK_RULE)


class Operation(models.Model):
    """What one confirmed draft changes in one Region.

    A draft has one operation per Region, by a unique constraint: that makes Create idempotent. The
    row has everything that is needed to go on after a crash, except the credential. Operations that
    were confirmed together share their `batch_id`.

    A superseded row is not the draft's operation any more. It stays for what it has created: a
    secret that the next attempt did not use, or a rule after which the answers were changed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch_id = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)
    draft_id = models.CharField(max_length=64)
    superseded_at = models.DateTimeField(null=True, blank=True)
    # The person who confirmed or last retried it, for whom the background worker acts.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=32)
    ecr_repository_prefix = KeptCharField(max_length=30)
    upstream_registry_url = KeptCharField(max_length=255)
    # The rule to be created, the one that it replaces, and the template that is created with it.
    planned_rule = KeptJSONField()
    replaced_rule = KeptJSONField(null=True, blank=True)
    planned_template = KeptJSONField(null=True, blank=True)
    # The secret to be created, the token that makes CreateSecret idempotent, and AWS's ARN.
    secret_name = models.CharField(max_length=512, blank=True)
    client_request_token = models.CharField(max_length=64, default=new_request_token)
    made_secret_arn = KeptCharField(max_length=700, blank=True)
    secret_removed_at = models.DateTimeField(null=True, blank=True)
    # The Region whose secret is replicated here; empty when the Region has a secret of its own.
    replica_of = models.CharField(max_length=32, blank=True)
    state = models.CharField(
        max_length=16, choices=OperationState.choices, default=OperationState.RUNNING
    )
    # The lease of the worker, which is renewed while it works. `runner` is a random text of it.
    runner = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Since when the background worker retries it, and the time of the next retry.
    waiting_since = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    # Whether this process holds the lease; not a column.
    is_held = False

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["account_id", "-created_at"]),
            # The worker looks for them every few seconds.
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(state=OperationState.WAITING),
                name="operations_that_wait",
            ),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(state=OperationState.RUNNING),
                name="operations_that_run",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["draft_id", "region"],
                condition=models.Q(superseded_at__isnull=True),
                name="one_operation_per_draft_and_region",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ecr_repository_prefix} ({self.region}): {self.state}"

    @property
    def target(self) -> Target:
        return Target(account_id=self.account_id, region=self.region)

    @property
    def rule(self) -> NewRule:
        """The rule to be created, with the secret that was created for it."""
        planned = NewRule(**self.planned_rule)
        if not self.makes_secret or not self.made_secret_arn:
            return planned
        return replace(planned, credential_arn=self.made_secret_arn)

    @property
    def replaced(self) -> NewRule | None:
        return NewRule(**self.replaced_rule) if self.replaced_rule else None

    @property
    def template(self) -> CreationTemplate | None:
        """The repository creation template of the rule's prefix, if one is to be created."""
        if self.planned_template is None:
            return None
        return template_of(self.planned_template, self.ecr_repository_prefix)

    @property
    def replaces_its_prefix(self) -> bool:
        """Whether the rule to be created has the prefix of the one that it replaces."""
        old = self.replaced
        return old is not None and old.ecr_repository_prefix == self.ecr_repository_prefix

    @property
    def is_superseded(self) -> bool:
        """Whether the draft has another row; this one can be cleaned up, but not retried."""
        return self.superseded_at is not None

    @property
    def makes_secret(self) -> bool:
        return self.secret_name != ""

    @property
    def waits_for_replica(self) -> bool:
        """Whether the replica that its rule uses is still to be requested."""
        return self.replica_of != "" and not self.rule.credential_arn

    @property
    def needs_credential(self) -> bool:
        """Whether continuing requires the upstream credential again."""
        has_secret = self.made_secret_arn and self.secret_removed_at is None
        return self.makes_secret and not has_secret

    @property
    def is_interrupted(self) -> bool:
        """Whether it is running but its lease has expired, so that its worker is dead."""
        if self.state not in UNDER_WAY:
            return False
        return self.lease_until is None or self.lease_until < timezone.now()

    @property
    def is_under_way(self) -> bool:
        """Whether a worker holds the lease: a request or the background."""
        return self.state in UNDER_WAY and not self.is_interrupted

    @property
    def is_waiting(self) -> bool:
        """Whether the background worker will retry it and is not overdue."""
        return self.state == OperationState.WAITING and not self.is_interrupted

    @property
    def has_orphan(self) -> bool:
        """Whether a secret was created, or may have been, whose rule does not exist."""
        if self.secret_removed_at is not None:
            return False
        if not self.made_secret_arn and not self._may_have_secret:
            return False
        if self.state in UNDER_WAY:
            return self.is_interrupted
        # After cleaning up, a secret exists only because another rule uses it. A replacement that
        # created its rule, but could not delete the old one, uses its secret.
        return self.state == OperationState.FAILED and not self._has_made_rule

    @property
    def _may_have_secret(self) -> bool:
        """Whether it is not known if AWS created the secret."""
        asked = [step for step in self.steps.all() if step.action == AwsAction.CREATE_SECRET]
        return any(step.is_unknown for step in asked)

    @property
    def has_lost_rule(self) -> bool:
        """Whether it failed and the rule to be replaced is gone, or may be."""
        return self.state == OperationState.FAILED and self.is_old_rule_gone

    @property
    def is_old_rule_gone(self) -> bool:
        """Whether the old rule was deleted, or may have been, and no rule has its prefix since."""
        old, is_gone = self.replaced, False
        for step in self.steps.all() if old else ():
            is_done = step.state == OperationState.SUCCEEDED
            is_about_old = old is not None and step.identifier == old.ecr_repository_prefix
            if step.action == AwsAction.DELETE_RULE and is_about_old:
                is_gone = is_gone or is_done or step.is_unknown
            elif step.action in _RULE_CREATED and is_done and is_about_old:
                is_gone = False
        return is_gone

    @property
    def _has_made_rule(self) -> bool:
        """Whether the rule was created and not deleted again."""
        is_made = False
        for step in self.steps.all():
            if step.identifier != self.ecr_repository_prefix:
                continue
            if step.state == OperationState.SUCCEEDED:
                is_made = step.action == AwsAction.CREATE_RULE
        return is_made

    @property
    def has_kept_template(self) -> bool:
        """Whether a template of the prefix existed, which was left as it is."""
        asked = [step for step in self.steps.all() if step.action == AwsAction.CREATE_TEMPLATE]
        return bool(asked) and isinstance(asked[-1].error, TemplateAlreadyExists)

    @property
    def last_error(self) -> AwsError | None:
        """The error of the last change that has one."""
        return next((step.error for step in reversed(self.steps.all()) if step.error), None)

    @property
    def found_as_asked(self) -> bool:
        """Whether the rule existed exactly as requested, so that nothing had to be created.

        Either AWS refused to create it a second time, or it was not asked to at all.
        """
        if self.state != OperationState.SUCCEEDED:
            return False
        asked = [step for step in self.steps.all() if step.action == AwsAction.CREATE_RULE]
        return not asked or (asked[-1].error is not None and not asked[-1].is_unknown)


class OperationStep(models.Model):
    """One AWS change of an operation; its intent is written before the call, its result after."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="steps")
    action = models.CharField(max_length=64)
    # What the call is about: a name, and after the call the ARN if AWS gives one.
    identifier = KeptCharField(max_length=700)
    state = models.CharField(
        max_length=16, choices=OperationState.choices, default=OperationState.RUNNING
    )
    error_record = KeptJSONField(null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.identifier}: {self.state}"

    @property
    def error(self) -> AwsError | None:
        return recorded_error(self.error_record) if self.error_record else None

    @property
    def is_unknown(self) -> bool:
        """Whether it is not known if AWS made the change: interrupted, or its answer was lost."""
        if self.state == OperationState.RUNNING:
            return True
        if self.state == OperationState.UNTRIED:
            return False
        return self.error is not None and is_answer_lost(self.error)


class OpenDraft(models.Model):
    """An open draft of a person; the draft itself is a session."""

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


class SealedCredential(models.Model):
    """The encrypted upstream credential of a draft. Its key is in a cookie, not in the database."""

    draft_id = models.CharField(max_length=64, primary_key=True)
    ciphertext = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.draft_id} until {self.expires_at.isoformat()}"
