"""What the audit trail calls an action: AWS's operations that change something, and groups of them.

Events of the console have names of the same form, such as `ChangeGrants`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class AwsAction(StrEnum):
    """A changing AWS operation. The journal of operations and the audit trail store these values.

    Both actions CREATE_RULE and PUT_BACK_RULE are the same AWS operation; the second one says that
    a replaced rule was created again.
    """

    CREATE_SECRET = "CreateSecret"  # noqa: S105 - the name of an AWS operation
    PUT_SECRET_VALUE = "PutSecretValue"  # noqa: S105
    DELETE_SECRET = "DeleteSecret"  # noqa: S105
    RESTORE_SECRET = "RestoreSecret"  # noqa: S105
    REPLICATE_SECRET = "ReplicateSecretToRegions"  # noqa: S105
    MOVE_STAGE = "UpdateSecretVersionStage"
    REMOVE_REPLICAS = "RemoveRegionsFromReplication"
    CREATE_RULE = "CreatePullThroughCacheRule"
    UPDATE_RULE = "UpdatePullThroughCacheRule"
    DELETE_RULE = "DeletePullThroughCacheRule"
    REGISTER_EXCLUSION = "RegisterPullTimeUpdateExclusion"
    START_PREVIEW = "StartLifecyclePolicyPreview"
    DEREGISTER_EXCLUSION = "DeregisterPullTimeUpdateExclusion"
    DELETE_IMAGES = "BatchDeleteImage"
    PUT_BACK_RULE = "CreatePullThroughCacheRule (old rule)"
    CREATE_TEMPLATE = "CreateRepositoryCreationTemplate"
    UPDATE_TEMPLATE = "UpdateRepositoryCreationTemplate"
    DELETE_TEMPLATE = "DeleteRepositoryCreationTemplate"


class ActionGroup(StrEnum):
    """What people look for in the audit trail."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    VALIDATED = "validated"
    SIGN_IN = "sign-in"
    OTHER = "other"


# By the first word of an action's name, unless the whole name is listed.
_GROUPS: Final[Mapping[str, ActionGroup]] = {
    **dict.fromkeys(("Create", "Add", "Register"), ActionGroup.CREATED),
    **dict.fromkeys(("Put", "Update", "Restore", "Replicate"), ActionGroup.CHANGED),
    **dict.fromkeys(("Change", "Set", "Note", "Enable", "Disable"), ActionGroup.CHANGED),
    **dict.fromkeys(("Delete", "Deregister", "Remove"), ActionGroup.DELETED),
    **dict.fromkeys(("Revoke", "Prune", "BatchDeleteImage"), ActionGroup.DELETED),
    **dict.fromkeys(("Validate", "Test", "SetValidationSchedule"), ActionGroup.VALIDATED),
    **dict.fromkeys(("StartBulkValidation", "CancelBulkValidation"), ActionGroup.VALIDATED),
    # It changes nothing, as a validation does.
    "StartLifecyclePolicyPreview": ActionGroup.VALIDATED,
    **dict.fromkeys(("Sign", "Lock", "Confirm", "End"), ActionGroup.SIGN_IN),
}
_FIRST_WORD: Final = re.compile(r"[A-Z][a-z]*")


def group_of(action: str) -> ActionGroup:
    """Return the group of an action; a new one belongs to the group of its verb."""
    verb = _FIRST_WORD.match(action)
    of_verb = _GROUPS.get(verb[0], ActionGroup.OTHER) if verb else ActionGroup.OTHER
    return _GROUPS.get(action, of_verb)
