"""Operations over many accounts, and the part of each account in them."""

import uuid

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wizard.domain.errors import AwsError, recorded_error
from wizard.models.held import HeldRow
from wizard.models.kept import KeptJSONField
from wizard.models.rotations import Rotation
from wizard.models.validations import BulkValidation


class FleetVerb(models.TextChoices):
    """What an operation does in each of its accounts."""

    VALIDATE = "validate", _("Validate")
    CREATE = "create", _("Create")
    COPY = "copy", _("Copy")
    ROTATE = "rotate", _("Rotate credentials")
    REPLACE = "replace", _("Change or replace")


class PartState(models.TextChoices):
    """The states of an account in an operation."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("In progress")
    DONE = "done", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


# The states of parts that are still worked on.
OPEN_PARTS = (PartState.WAITING, PartState.RUNNING)


class FleetOperation(models.Model):
    """The same work in many accounts.

    The ID comes from the form, so that a form that is sent twice starts one operation.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    verb = models.CharField(max_length=16, choices=FleetVerb.choices)
    # The person who started or last retried it.
    actor = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    # What it does in each account besides the verb, as the verb's own module records it. Never a
    # credential.
    asked = KeptJSONField(default=dict, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    # Set while no part is open.
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["-created_at"], name="fleet_operations_by_time")]

    def __str__(self) -> str:
        return f"{self.verb}: {self.pk}"


class SealedValue(models.Model):
    """The encrypted upstream credential of an operation. Its key is derived and stored nowhere."""

    operation = models.OneToOneField(
        FleetOperation, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    ciphertext = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.operation_id} until {self.expires_at.isoformat()}"


class FleetPart(HeldRow):
    """One account of an operation. The lease is that of the worker that has it.

    The work itself is rows of the account: a bulk validation, a rotation, or operations with the ID
    of an import. `total`, `succeeded` and `failed` are its numbers when the part ended.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operation = models.ForeignKey(FleetOperation, on_delete=models.CASCADE, related_name="parts")
    # The place in the operation. Those of all operations take turns by it.
    number = models.PositiveIntegerField()
    account_id = models.CharField(max_length=12)
    # The codes of its Regions, and its rules as `region/prefix`; in a rotation its secrets, as
    # `region/resource` with what is the same in the ARNs of all replicas.
    regions = models.JSONField(default=list)
    rules = KeptJSONField(default=list)
    state = models.CharField(max_length=16, choices=PartState.choices, default=PartState.WAITING)
    bulk = models.ForeignKey(
        BulkValidation, on_delete=models.SET_NULL, null=True, blank=True, related_name="fleet_parts"
    )
    # Set as soon as the operations of the account are inserted.
    import_id = models.UUIDField(null=True, blank=True)
    rotation = models.ForeignKey(
        Rotation, on_delete=models.SET_NULL, null=True, blank=True, related_name="fleet_parts"
    )
    total = models.PositiveIntegerField(default=0)
    succeeded = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    # Why nothing could be done in the account, why not in a Region, and why not for a rule, by
    # `region/prefix`.
    error_record = KeptJSONField(null=True, blank=True)
    failed_regions = KeptJSONField(default=dict, blank=True)
    failed_rules = KeptJSONField(default=dict, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["number"]
        indexes = [
            # The worker looks for them every few seconds.
            models.Index(
                fields=["number"],
                condition=models.Q(state__in=OPEN_PARTS),
                name="open_fleet_parts",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["operation", "account_id"], name="one_part_per_account")
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_PARTS

    @property
    def error(self) -> AwsError | None:
        """Why nothing could be done in the account, or None."""
        return recorded_error(self.error_record) if self.error_record else None

    @property
    def region_errors(self) -> dict[str, AwsError]:
        """Why nothing could be done in a Region, by its code."""
        return {code: recorded_error(each) for code, each in self.failed_regions.items()}

    @property
    def rule_errors(self) -> dict[str, AwsError]:
        """Why nothing could be done for a rule, by `region/prefix`."""
        return {name: recorded_error(each) for name, each in self.failed_rules.items()}
