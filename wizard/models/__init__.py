"""What only the console remembers. AWS keeps none of it, and no row ever holds a credential."""

from wizard.models.alerts import Alert, AlertDelivery
from wizard.models.audit import AuditEvent, AuditHead, AuditOutcome, AuditPhase
from wizard.models.operations import OpenDraft, Operation, OperationState, OperationStep
from wizard.models.people import Grant, SignInLink, TablePreference
from wizard.models.rules import LastKnownRule, RegionReading
from wizard.models.validations import (
    BulkState,
    BulkValidation,
    BulkValidationItem,
    CredentialExpiry,
    ItemState,
    ValidationResult,
    ValidationSchedule,
)

__all__ = [
    "Alert",
    "AlertDelivery",
    "AuditEvent",
    "AuditHead",
    "AuditOutcome",
    "AuditPhase",
    "BulkState",
    "BulkValidation",
    "BulkValidationItem",
    "CredentialExpiry",
    "Grant",
    "ItemState",
    "LastKnownRule",
    "OpenDraft",
    "Operation",
    "OperationState",
    "OperationStep",
    "RegionReading",
    "SignInLink",
    "TablePreference",
    "ValidationResult",
    "ValidationSchedule",
]
