"""The rules of Secrets Manager that moto lacks: names, KMS keys, deletion, replicas, races."""

import json
import re
import threading
from collections.abc import Iterable
from typing import Any

from moto.kms.models import kms_backends
from moto.secretsmanager.exceptions import (
    InvalidParameterException,
    InvalidRequestException,
    OperationNotPermittedOnReplica,
    ResourceExistsException,
    SecretsManagerClientError,
    ValidationException,
)
from moto.secretsmanager.models import (
    FakeSecret,
    ReplicaSecret,
    SecretsManagerBackend,
    secretsmanager_backends,
)

from ptcconsole.fakeaws.new_secrets import NEW_SECRETS
from ptcconsole.fakeaws.regions import REGIONS, region_names

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
_LEGAL_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]+")


class EncryptionFailure(SecretsManagerClientError):
    """The KMS key of a secret cannot be used."""

    def __init__(self) -> None:
        super().__init__(
            "EncryptionFailure",
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key. "
            "Check that the KMS key is available, enabled, and not in an invalid state.",
        )


class InvalidNextTokenException(SecretsManagerClientError):
    """An unknown pagination token."""

    def __init__(self) -> None:
        super().__init__("InvalidNextTokenException", "The NextToken value is invalid.")


class StrictNamesBackend(SecretsManagerBackend):
    """moto's Secrets Manager of one account and Region, with AWS's rules."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.names_lock = threading.RLock()

    def create_secret(self, name: str, *arguments: Any, **options: Any) -> str:
        """Create a secret.

        Raises ValidationException, EncryptionFailure, InvalidRequestException and moto's errors.
        """
        _check_name(name)
        self._check_key(options.get("kms_key_id"))
        with self.names_lock:
            existing = self.secrets.get(name)
            self._check_free(name, existing)
            made = super().create_secret(name, *arguments, **options)
            if existing is None:
                NEW_SECRETS.created(json.loads(made)["ARN"])
                for replica in self._replicas_of(name):
                    _correct(replica)
        return made

    def update_secret(self, secret_id: str, *arguments: Any, **options: Any) -> str:
        """Change a secret; raises EncryptionFailure and moto's errors."""
        self._check_key(options.get("kms_key_id"))
        return super().update_secret(secret_id, *arguments, **options)

    def put_secret_value(self, secret_id: str, *arguments: Any, **options: Any) -> str:
        """Store a value; raises InvalidRequestException for a secret scheduled for deletion."""
        self._check_stays(secret_id)
        return super().put_secret_value(secret_id, *arguments, **options)

    def delete_secret(self, secret_id: str, *arguments: Any, **options: Any) -> Any:
        """Delete a secret; raises InvalidParameterException if it has replicas."""
        secret = self.secrets.get(secret_id)
        if isinstance(secret, FakeSecret) and secret.replicas:
            regions = ", ".join(replica.region for replica in secret.replicas)
            raise InvalidParameterException(
                f"You can't delete secret {secret_id} that still has replica regions [{regions}]."
            )
        return super().delete_secret(secret_id, *arguments, **options)

    def replicate_secret_to_regions(
        self, secret_id: str, replica_regions: list[dict[str, str]], force_overwrite: bool
    ) -> tuple[str, list[dict[str, Any]]]:
        """Replicate a secret; raises InvalidRequestException and InvalidParameterException.

        As in AWS, replication is asynchronous: the response says InProgress for each new replica.
        """
        self._check_stays(secret_id)
        secret = self.describe_secret(secret_id)
        if isinstance(secret, ReplicaSecret):
            raise OperationNotPermittedOnReplica
        wanted = {replica["Region"]: replica for replica in replica_regions}
        self._check_replica_regions(wanted)
        there = [each for each in secret.replicas if each.has_replica or each.region not in wanted]
        missing = wanted.keys() - {each.region for each in there}
        made = [
            self._replica(secret, wanted[region], force_overwrite=force_overwrite)
            for region in sorted(missing)
        ]
        secret.replicas = there + made
        return secret.arn, [*(each.config for each in there), *map(_in_progress, made)]

    def remove_regions_from_replication(
        self, secret_id: str, replica_regions: list[str]
    ) -> tuple[str, list[dict[str, str]]]:
        """Remove replicas; raises InvalidRequestException if scheduled for deletion."""
        self._check_stays(secret_id)
        _, statuses = super().remove_regions_from_replication(secret_id, replica_regions)
        return self.secrets[secret_id].arn, statuses

    def _replicas_of(self, name: str) -> list[ReplicaSecret]:
        secret = self.secrets[name]
        return secret.replicas if isinstance(secret, FakeSecret) else []

    def _check_stays(self, secret_id: str) -> None:
        secret = self.secrets.get(secret_id)
        if secret is not None and secret.is_deleted():
            raise InvalidRequestException(
                "You can't perform this operation on the secret because it was marked for deletion."
            )

    def _replica(
        self, secret: FakeSecret, replica_region: dict[str, str], *, force_overwrite: bool
    ) -> ReplicaSecret:
        """Create a replica, or return its failure. The lock prevents a race for the name."""
        there = secretsmanager_backends[self.account_id][replica_region["Region"]]
        with there.names_lock:  # type: ignore[attr-defined]
            (made,) = secret.create_replicas([replica_region], force_overwrite=force_overwrite)
            _correct(made)
        return made

    def _check_replica_regions(self, regions: Iterable[str]) -> None:
        for region in regions:
            is_served = region in region_names() and REGIONS.is_on(region)
            if region == self.region_name or not is_served:
                raise InvalidParameterException("Invalid replica region.")

    def _check_free(self, name: str, existing: FakeSecret | ReplicaSecret | None) -> None:
        if isinstance(existing, ReplicaSecret):
            raise ResourceExistsException(
                f"The operation failed because the secret {name} already exists."
            )
        if existing is not None and existing.is_deleted():
            raise InvalidRequestException(
                "You can't create this secret because a secret with this name is already "
                "scheduled for deletion."
            )

    def _check_key(self, kms_key_id: str | None) -> None:
        if kms_key_id is None or kms_key_id == self.DEFAULT_KMS_KEY_ALIAS:
            return
        if self._is_of_others(kms_key_id):
            return
        kms = kms_backends[self.account_id][self.region_name]
        name = kms.get_alias_name(kms.get_key_id(kms_key_id))
        key_id = kms.get_key_id_from_alias(name) if name.startswith("alias/") else name
        key = kms.keys.get(key_id or "")
        if key is None or not key.enabled:
            raise EncryptionFailure

    def _is_of_others(self, kms_key_id: str) -> bool:
        """Whether another account owns the key, whose state is unknown then."""
        return kms_key_id.startswith("arn:") and f":{self.account_id}:" not in kms_key_id

    def _get_secret_values_page_and_next_token(
        self, secret_list: list[Any], max_results: int | None, next_token: str | None
    ) -> tuple[list[Any], str | None]:
        if next_token is not None and not next_token.isdecimal():
            raise InvalidNextTokenException
        return super()._get_secret_values_page_and_next_token(secret_list, max_results, next_token)


def _check_name(name: str) -> None:
    if not _LEGAL_NAME.fullmatch(name):
        raise ValidationException(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
            "following: -/_+=.@!"
        )


def _correct(replica: ReplicaSecret) -> None:
    """Correct ARN and message of a new replica; moto replaces Region codes inside names too."""
    source, region = replica.source, replica.region
    arn = source.arn.replace(f":{source.region}:", f":{region}:", 1)
    if replica.has_replica:
        store = secretsmanager_backends[source.account_id][region].secrets
        dict.pop(store, replica.arn)
        store[arn] = replica
        NEW_SECRETS.created(arn)
    else:
        replica.config["StatusMessage"] = (
            f"Replication failed: Secret name {source.name} already exists in region {region}."
        )
    replica.arn = arn


def _in_progress(replica: ReplicaSecret) -> dict[str, Any]:
    """Return a new replica in the state InProgress."""
    members = {**replica.config, "Status": "InProgress"}
    del members["StatusMessage"]
    return members


def install() -> None:
    """Replace moto's backend with this one, before anything is stored in it."""
    if secretsmanager_backends.backend is not StrictNamesBackend:
        secretsmanager_backends.backend = StrictNamesBackend
        secretsmanager_backends.clear()
