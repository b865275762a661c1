"""The AWS operations that change something, by the names that AWS's API has for them."""

from enum import StrEnum


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
    REMOVE_REPLICAS = "RemoveRegionsFromReplication"
    CREATE_RULE = "CreatePullThroughCacheRule"
    UPDATE_RULE = "UpdatePullThroughCacheRule"
    DELETE_RULE = "DeletePullThroughCacheRule"
    PUT_BACK_RULE = "CreatePullThroughCacheRule (old rule)"
