"""The database models: data that AWS does not store. No row contains a credential in clear."""

from wizard.models.accounts import (
    Account,
    CallSlot,
    ClosedRegion,
    ClosingReason,
    ExternalId,
    Sweep,
)
from wizard.models.alerts import Alert, AlertDelivery
from wizard.models.audit import (
    AuditEvent,
    AuditHead,
    AuditOutcome,
    AuditPhase,
    OpenChange,
)
from wizard.models.cleanups import (
    CleanedBatch,
    CleanedState,
    CleanUp,
    ImageResult,
    image_record,
)
from wizard.models.deletions import DeletedRule, DeletedState, Deletion
from wizard.models.held import HeldRow
from wizard.models.kept import KeptCharField
from wizard.models.operations import (
    UNDER_WAY,
    OpenDraft,
    Operation,
    OperationState,
    OperationStep,
    SealedCredential,
    new_request_token,
)
from wizard.models.people import (
    ApiToken,
    ExternalIdentity,
    Grant,
    LanguagePreference,
    LiveSession,
    SignInLink,
    SignInWay,
    TablePreference,
    TimeZonePreference,
)
from wizard.models.refusals import RefusalCount
from wizard.models.rotations import (
    RotatedSecret,
    RotatedState,
    Rotation,
    RotationStep,
    UsedBy,
)
from wizard.models.rules import (
    CountedDay,
    FleetCount,
    KnownSecret,
    LastKnownRule,
    RegionReading,
    RuleStatus,
)
from wizard.models.templates import (
    TemplateChange,
    TemplateOperation,
    TemplateState,
    TemplateVerb,
)
from wizard.models.validations import (
    BulkState,
    BulkValidation,
    BulkValidationItem,
    CredentialExpiry,
    ItemState,
    ValidationResult,
    ValidationSchedule,
)
from wizard.models.workers import WorkerHeartbeat

__all__ = [
    "UNDER_WAY",
    "Account",
    "Alert",
    "AlertDelivery",
    "ApiToken",
    "AuditEvent",
    "AuditHead",
    "AuditOutcome",
    "AuditPhase",
    "BulkState",
    "BulkValidation",
    "BulkValidationItem",
    "CallSlot",
    "CleanUp",
    "CleanedBatch",
    "CleanedState",
    "ClosedRegion",
    "ClosingReason",
    "CountedDay",
    "CredentialExpiry",
    "DeletedRule",
    "DeletedState",
    "Deletion",
    "ExternalId",
    "ExternalIdentity",
    "FleetCount",
    "Grant",
    "HeldRow",
    "ImageResult",
    "ItemState",
    "KeptCharField",
    "KnownSecret",
    "LanguagePreference",
    "LastKnownRule",
    "LiveSession",
    "OpenChange",
    "OpenDraft",
    "Operation",
    "OperationState",
    "OperationStep",
    "RefusalCount",
    "RegionReading",
    "RotatedSecret",
    "RotatedState",
    "Rotation",
    "RotationStep",
    "RuleStatus",
    "SealedCredential",
    "SignInLink",
    "SignInWay",
    "Sweep",
    "TablePreference",
    "TemplateChange",
    "TemplateOperation",
    "TemplateState",
    "TemplateVerb",
    "TimeZonePreference",
    "UsedBy",
    "ValidationResult",
    "ValidationSchedule",
    "WorkerHeartbeat",
    "image_record",
    "new_request_token",
]
