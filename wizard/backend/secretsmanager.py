"""The Secrets Manager API, for secrets that ECR can read. It never reads a secret's value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wizard.backend import clients
from wizard.backend.calls import call
from wizard.backend.errors import aws_words
from wizard.backend.members import optional_text, optional_time, text_member
from wizard.backend.pages import every_item
from wizard.domain import SECRET_NAME_PREFIX, AwsAction, Credential, Secret, Target, is_arn_of
from wizard.domain.errors import UnexpectedAwsError

_CURRENT: Final = "AWSCURRENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedVersions:
    """A secret, the ID of its current version, and the IDs of all versions that have a label.

    The ID of a version is the ClientRequestToken of the request that created it. `replicating` are
    the Regions whose replicas AWS has not updated yet.
    """

    secret: Secret
    current: str
    versions: frozenset[str]
    replicating: frozenset[str]


def list_secrets(target: Target) -> list[Secret]:
    """Return the secrets with names that ECR accepts, sorted by name.

    Secrets scheduled for deletion are included: their names are in use, and they can be restored.
    """
    items = every_item(
        clients.secretsmanager(target),
        "list_secrets",
        "SecretList",
        Filters=[{"Key": "name", "Values": [SECRET_NAME_PREFIX]}],
        IncludePlannedDeletion=True,
    )
    # The filter matches the beginning of a name, case-sensitively, as ECR does.
    return sorted(map(_secret, items), key=lambda secret: secret.name)


def describe_secret(target: Target, secret_id: str) -> Secret:
    """Return a secret without its value, by its name or ARN; raises SecretNotFound."""
    answer = call(clients.secretsmanager(target).describe_secret, SecretId=secret_id)
    _asked_arn(answer, secret_id, target, "DescribeSecret")
    return _secret(answer)


def restore_secret(target: Target, arn: str) -> None:
    """Restore a secret that is scheduled for deletion."""
    call(clients.secretsmanager(target).restore_secret, SecretId=arn)


def schedule_secret_deletion(target: Target, arn: str, *, days: int) -> None:
    """Schedule the deletion of a secret after a recovery window of 7 to 30 days."""
    call(
        clients.secretsmanager(target).delete_secret,
        SecretId=arn,
        RecoveryWindowInDays=days,
    )


def create_secret(
    target: Target, *, name: str, credential: Credential, client_request_token: str
) -> str:
    """Create a secret and return its ARN.

    `client_request_token` makes the call idempotent.
    """
    answer = call(
        clients.secretsmanager(target).create_secret,
        Name=name,
        SecretString=credential.secret_string(),
        ClientRequestToken=client_request_token,
    )
    return _asked_arn(answer, name, target, AwsAction.CREATE_SECRET)


def put_secret_value(
    target: Target, arn: str, *, credential: Credential, client_request_token: str
) -> None:
    """Store a new version of a secret, which ECR uses from then on; rules do not change.

    `client_request_token` makes the call idempotent.
    """
    call(
        clients.secretsmanager(target).put_secret_value,
        SecretId=arn,
        SecretString=credential.secret_string(),
        ClientRequestToken=client_request_token,
    )


def secret_versions(target: Target, secret_id: str) -> tuple[str, frozenset[str]]:
    """Return a secret's ARN and the IDs of its versions; raises SecretNotFound.

    The ID of a version is the ClientRequestToken of the request that created it.
    """
    answer = call(clients.secretsmanager(target).describe_secret, SecretId=secret_id)
    arn = _asked_arn(answer, secret_id, target, "DescribeSecret")
    return arn, frozenset(answer.get("VersionIdsToStages") or {})


def staged_versions(target: Target, secret_id: str) -> StagedVersions:
    """Return a secret with its labelled versions; raises SecretNotFound.

    AWS may delete a version without a label at any time, and DescribeSecret leaves it out.
    """
    answer = call(clients.secretsmanager(target).describe_secret, SecretId=secret_id)
    stages = answer.get("VersionIdsToStages") or {}
    current = [version for version, labels in stages.items() if _CURRENT in (labels or ())]
    return StagedVersions(
        secret=_secret(answer),
        current=current[0] if current else "",
        versions=frozenset(stages),
        replicating=frozenset(
            region
            for region, replica in _replicas(answer).items()
            if replica.get("Status") == "InProgress"
        ),
    )


def make_current(target: Target, secret_id: str, *, version: str, instead_of: str) -> None:
    """Make an older version the current one; AWS refuses unless `instead_of` is current now."""
    call(
        clients.secretsmanager(target).update_secret_version_stage,
        SecretId=secret_id,
        VersionStage=_CURRENT,
        RemoveFromVersionId=instead_of,
        MoveToVersionId=version,
    )


def replicate_secret(target: Target, arn: str, regions: Sequence[str]) -> None:
    """Replicate a secret to further Regions, with their default keys."""
    call(
        clients.secretsmanager(target).replicate_secret_to_regions,
        SecretId=arn,
        AddReplicaRegions=[{"Region": region} for region in regions],
        ForceOverwriteReplicaSecret=False,
    )


def remove_replicas(target: Target, arn: str, regions: Sequence[str]) -> None:
    """Delete the replicas of a secret in these Regions; they cannot be restored."""
    call(
        clients.secretsmanager(target).remove_regions_from_replication,
        SecretId=arn,
        RemoveReplicaRegions=list(regions),
    )


def replica_problems(target: Target, arn: str) -> dict[str, str]:
    """Return AWS's messages for failed replicas by Region; raises SecretNotFound.

    Replication is asynchronous, so ReplicateSecretToRegions does not return failures.
    """
    answer = call(clients.secretsmanager(target).describe_secret, SecretId=arn)
    return {
        region: aws_words(replica.get("StatusMessage", ""))
        for region, replica in _replicas(answer).items()
        if replica.get("Status") == "Failed"
    }


def _asked_arn(answer: Mapping[str, Any], asked: str, target: Target, operation: str) -> str:
    """Return the ARN of an answer about one secret, which was asked for by its name or ARN.

    Rules use it from then on, and a clean-up deletes the secret: that of another one would be
    somebody else's. Raises UnexpectedAwsError for it, as for none.
    """
    arn = text_member(answer, "ARN", operation)
    here = f"arn:aws:secretsmanager:{target.region}:{target.account_id}:secret:"
    is_of_name = arn.startswith(here) and is_arn_of(arn, asked.removeprefix(here))
    if arn != asked and not is_of_name:  # guard: F15
        raise UnexpectedAwsError(
            "The ARN is that of another secret.", code="MalformedAnswer", operation=operation
        )
    return arn


def _secret(item: Mapping[str, Any]) -> Secret:
    return Secret(
        arn=text_member(item, "ARN", "DescribeSecret"),
        name=text_member(item, "Name", "DescribeSecret"),
        has_value=bool(item.get("SecretVersionsToStages") or item.get("VersionIdsToStages")),
        deleted_at=optional_time(item, "DeletedDate"),
        kms_key_id=optional_text(item, "KmsKeyId") or "",
        primary_region=_primary_region(item),
        created_at=optional_time(item, "CreatedDate"),
        changed_at=optional_time(item, "LastChangedDate"),
        replica_regions=tuple(_replicas(item)),
        owning_service=optional_text(item, "OwningService") or "",
    )


def _replicas(item: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the states of a secret's replicas by Region."""
    told: Sequence[Mapping[str, Any]] = item.get("ReplicationStatus") or ()
    return {text_member(replica, "Region", "DescribeSecret"): replica for replica in told}


def _primary_region(item: Mapping[str, Any]) -> str:
    """Return the Region of a replica's primary secret; empty for the primary itself."""
    primary = optional_text(item, "PrimaryRegion") or ""
    return "" if f":{primary}:" in item["ARN"] else primary
