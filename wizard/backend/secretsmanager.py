"""Secrets that ECR can read. The console makes and lists them; it never reads a value."""

from collections.abc import Mapping, Sequence
from typing import Any

from wizard.backend import clients
from wizard.backend.calls import call
from wizard.backend.errors import member, text_member
from wizard.backend.pages import every_item
from wizard.domain.credentials import Credential, Secret
from wizard.domain.identifiers import SECRET_NAME_PREFIX
from wizard.domain.regions import Target


def list_secrets(target: Target) -> list[Secret]:
    """Return the secrets whose name ECR accepts, every page of the list, by name.

    Those scheduled for deletion are among them: their names are taken, and they can be restored.
    """
    items = every_item(
        clients.secretsmanager(target.region),
        "list_secrets",
        "SecretList",
        Filters=[{"Key": "name", "Values": [SECRET_NAME_PREFIX]}],
        IncludePlannedDeletion=True,
    )
    secrets = (_secret(item) for item in items)
    # The filter ignores case; ECR does not.
    listed = (secret for secret in secrets if secret.name.startswith(SECRET_NAME_PREFIX))
    return sorted(listed, key=lambda secret: secret.name)


def describe_secret(target: Target, arn: str) -> Secret:
    """Return one secret's state, never its value; raises SecretNotFound."""
    return _secret(call(clients.secretsmanager(target.region).describe_secret, SecretId=arn))


def restore_secret(target: Target, arn: str) -> None:
    """Take a secret back from its scheduled deletion."""
    call(clients.secretsmanager(target.region).restore_secret, SecretId=arn)


def schedule_secret_deletion(target: Target, arn: str, *, days: int) -> None:
    """Let a secret be deleted after a recovery window of 7 to 30 days."""
    call(
        clients.secretsmanager(target.region).delete_secret,
        SecretId=arn,
        RecoveryWindowInDays=days,
    )


def create_secret(
    target: Target, *, name: str, credential: Credential, client_request_token: str
) -> str:
    """Create a secret and return its ARN.

    `client_request_token` makes a repeated call harmless: the same token makes no second secret.
    """
    answer = call(
        clients.secretsmanager(target.region).create_secret,
        Name=name,
        SecretString=credential.secret_string(),
        ClientRequestToken=client_request_token,
    )
    arn: str = member(answer, "ARN", "CreateSecret")
    return arn


def put_secret_value(
    target: Target, arn: str, *, credential: Credential, client_request_token: str
) -> None:
    """Give a secret a new version; ECR reads the newest, and no rule changes.

    A repeated call with the same token makes no second version.
    """
    call(
        clients.secretsmanager(target.region).put_secret_value,
        SecretId=arn,
        SecretString=credential.secret_string(),
        ClientRequestToken=client_request_token,
    )


def secret_versions(target: Target, secret_id: str) -> tuple[str, frozenset[str]]:
    """Return a secret's ARN and the ids of its versions; raises SecretNotFound.

    A version has the id that the ClientRequestToken of the request had that made it.
    """
    answer = call(clients.secretsmanager(target.region).describe_secret, SecretId=secret_id)
    arn: str = member(answer, "ARN", "DescribeSecret")
    return arn, frozenset(answer.get("VersionIdsToStages") or {})


def replicate_secret(target: Target, arn: str, regions: Sequence[str]) -> None:
    """Let Secrets Manager keep copies of a secret in further Regions, under their default keys."""
    call(
        clients.secretsmanager(target.region).replicate_secret_to_regions,
        SecretId=arn,
        AddReplicaRegions=[{"Region": region} for region in regions],
        ForceOverwriteReplicaSecret=False,
    )


def remove_replicas(target: Target, arn: str, regions: Sequence[str]) -> None:
    """Delete a secret's copies in those Regions; they cannot be restored."""
    call(
        clients.secretsmanager(target.region).remove_regions_from_replication,
        SecretId=arn,
        RemoveReplicaRegions=list(regions),
    )


def replica_problems(target: Target, arn: str) -> dict[str, str]:
    """Say what AWS says of a secret's replicas that failed, by Region; raises SecretNotFound.

    AWS replicates after it has answered, so that ReplicateSecretToRegions tells no failure.
    """
    answer = call(clients.secretsmanager(target.region).describe_secret, SecretId=arn)
    return {
        text_member(replica, "Region", "DescribeSecret"): replica.get("StatusMessage", "")
        for replica in answer.get("ReplicationStatus") or ()
        if replica.get("Status") == "Failed"
    }


def _secret(item: Mapping[str, Any]) -> Secret:
    return Secret(
        arn=text_member(item, "ARN", "DescribeSecret"),
        name=text_member(item, "Name", "DescribeSecret"),
        has_value=bool(item.get("SecretVersionsToStages") or item.get("VersionIdsToStages")),
        deleted_at=item.get("DeletedDate"),
        kms_key_id=item.get("KmsKeyId", ""),
        primary_region=_primary_region(item),
        created_at=item.get("CreatedDate"),
        changed_at=item.get("LastChangedDate"),
        replica_regions=tuple(
            text_member(replica, "Region", "DescribeSecret")
            for replica in item.get("ReplicationStatus") or ()
        ),
    )


def _primary_region(item: Mapping[str, Any]) -> str:
    """Where a replica's original is; empty for the original itself."""
    primary = str(item.get("PrimaryRegion") or "")
    return "" if f":{primary}:" in item["ARN"] else primary
