"""The audit trail: append-only rows, each sealed with the one before it.

Changing or removing a row is refused twice: by the models here, and by database triggers
(`audit_triggers`), which also stop a statement that is sent past the models.
"""

import json
import uuid
from typing import Any, NoReturn

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from wizard.domain.chain import canonical_json


class AppendOnly(RuntimeError):
    """A programming error: an attempt to change or delete a row of the audit trail."""


class AuditPhase(models.TextChoices):
    """The phases of rows: a change has an intent and a result, everything else is an event."""

    INTENT = "intent", _("Intent")
    RESULT = "result", _("Result")
    EVENT = "event", _("Event")


class AuditOutcome(models.TextChoices):
    """The outcome of a result or event; empty for an intent."""

    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    REFUSED = "refused", _("Refused")
    # AWS's answer was lost, and reading did not tell either.
    UNKNOWN = "unknown", _("Unknown")


class SequenceField(models.BigIntegerField):  # type: ignore[type-arg]
    """The number of a row; on SQLite the table's own row number, which needs no further index."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class FactsField(models.JSONField):
    """JSON that is stored as its canonical text, which the seal covers as it is.

    PostgreSQL's jsonb would be formatted anew when it is read, and takes more space.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "text"

    def db_check(self, connection: BaseDatabaseWrapper) -> None:
        return None

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return None if value is None else json.loads(value)

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        return canonical_json(value)


class AuditRows(QuerySet["AuditEvent"]):
    """Rows of the trail, which can be read and appended only."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly  # guard: D2

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly  # guard: D2

    def delete(self) -> NoReturn:
        raise AppendOnly  # guard: D2


class AuditEvent(models.Model):
    """A row of the trail: who did what, when and from where, with which outcome.

    `sequence` has no gaps. `seal` is an HMAC over the row and the previous seal, in the form `form`
    and with the key `key_id`, which is not in the database. No column contains a credential.
    """

    sequence = SequenceField(primary_key=True)
    # Shared by an intent and its result.
    event_id = models.UUIDField(default=uuid.uuid4, editable=False)
    phase = models.CharField(max_length=8, choices=AuditPhase.choices)
    happened_at = models.DateTimeField()
    # No foreign key, because the row must not change when the person is renamed or deleted.
    user_id = models.BigIntegerField(null=True, blank=True)
    username = models.CharField(max_length=150, blank=True)
    address = models.CharField(max_length=45, blank=True)
    way = models.CharField(max_length=16)
    action = models.CharField(max_length=64)
    account_id = models.CharField(max_length=12, blank=True)
    region = models.CharField(max_length=32, blank=True)
    # The object of the action: a prefix, a secret's name, a person.
    subject = models.CharField(max_length=700, blank=True)
    before = FactsField(null=True, blank=True)
    # Of a result, only what differs from the intent.
    after = FactsField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=AuditOutcome.choices, blank=True)
    error = FactsField(null=True, blank=True)
    request_ids = FactsField(default=list)
    form = models.PositiveSmallIntegerField(default=1)
    key_id = models.CharField(max_length=8, default="")
    seal = models.BinaryField(max_length=32)

    objects = AuditRows.as_manager()

    class Meta:
        ordering = ["-sequence"]
        default_permissions = ("view",)
        # One for each filter of the page, in page order.
        indexes = [
            models.Index(fields=["username", "sequence"], name="audit_by_person"),
            models.Index(fields=["action", "sequence"], name="audit_by_action"),
            models.Index(fields=["account_id", "sequence"], name="audit_by_account"),
            models.Index(fields=["account_id", "region", "sequence"], name="audit_by_place"),
            models.Index(fields=["region", "sequence"], name="audit_by_region"),
            models.Index(fields=["outcome", "sequence"], name="audit_by_outcome"),
            models.Index(fields=["phase", "sequence"], name="audit_by_phase"),
            models.Index(fields=["happened_at", "sequence"], name="audit_by_time"),
            models.Index(fields=["event_id", "sequence"], name="audit_by_event"),
            # For the history of a rule, and for subjects with a prefix. PostgreSQL needs a
            # pattern_ops index for the latter.
            models.Index(
                fields=["subject", "account_id", "region", "sequence"],
                opclasses=["varchar_pattern_ops", "varchar_ops", "varchar_ops", "int8_ops"],
                name="audit_by_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.action} {self.subject} ({self.phase})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append the row; raises AppendOnly for an existing one."""
        if not self._state.adding:  # guard: D2
            raise AppendOnly
        super().save(*args, **(kwargs | {"force_insert": True}))

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly  # guard: D2


class HeadRows(QuerySet["AuditHead"]):
    """The head row, which writers lock and advance, and which cannot be deleted."""

    def delete(self) -> NoReturn:
        raise AppendOnly  # guard: D2


class AuditHead(models.Model):
    """The end of the chain: the row that every writer locks."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    sequence = models.BigIntegerField(default=0)
    seal = models.BinaryField(max_length=32, default=b"")

    objects = HeadRows.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_audit_head")]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.seal.hex()}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly  # guard: D2


class OpenChange(models.Model):
    """An intent without a result: still running, or cut off.

    This is an index for fast lookups. The trail itself is authoritative.
    """

    event_id = models.UUIDField(primary_key=True)
    sequence = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.sequence}: {self.event_id}"
