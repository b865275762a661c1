"""The rules of Secrets Manager that moto lacks: names, KMS keys, deletion, replicas, races."""

import json
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

from moto.kms.models import kms_backends
from moto.secretsmanager.exceptions import (
    InvalidParameterException,
    InvalidRequestException,
    OperationNotPermittedOnReplica,
    ResourceExistsException,
    ValidationException,
)
from moto.secretsmanager.models import (
    FakeSecret,
    ReplicaSecret,
    secretsmanager_backends,
)

from ptcconsole.fakeaws.clock import CLOCK
from ptcconsole.fakeaws.lags import LAGS, LagKind
from ptcconsole.fakeaws.regions import REGIONS, region_names
from ptcconsole.fakeaws.secretsmanager.exceptions import EncryptionFailure
from ptcconsole.fakeaws.secretsmanager.listing import ListingBackend, note_change

MOST_VERSIONS = 100

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
_LEGAL_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]+")

_IN_SYNC = LAGS[LagKind.REPLICAS]


class StrictNamesBackend(ListingBackend):
    """moto's Secrets Manager of one account and Region, with AWS's rules."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.names_lock = threading.RLock()

    def create_secret(self, name: str, *arguments: Any, **options: Any) -> str:
        """Create a secret.

        Raises ValidationException, EncryptionFailure, InvalidRequestException and moto's errors.
        """
        _check_name(name)
        options["kms_key_id"] = self._usable_key(options.get("kms_key_id"))
        with self.names_lock:
            existing = self.secrets.get(name)
            self._check_free(name, existing)
            made = super().create_secret(name, *arguments, **options)
            if existing is not None:
                return made
            self._stamp(name, is_new=True)
            note_change(self.secrets[name], None)
            LAGS[LagKind.NEW_SECRETS].begin(json.loads(made)["ARN"])
            replicas = self._replicas_of(name)
            for replica in replicas:
                _correct(replica)
            return json.dumps(json.loads(made) | _replication(map(_in_progress, replicas)))

    def update_secret(self, secret_id: str, *arguments: Any, **options: Any) -> str:
        """Change a secret; raises EncryptionFailure and moto's errors."""
        options["kms_key_id"] = self._usable_key(options.get("kms_key_id"))
        with self._value_changed(secret_id):
            return super().update_secret(secret_id, *arguments, **options)

    def put_secret_value(self, secret_id: str, *arguments: Any, **options: Any) -> str:
        """Store a value; raises InvalidRequestException for a secret scheduled for deletion."""
        self._check_stays(secret_id)
        with self._value_changed(secret_id):
            return super().put_secret_value(secret_id, *arguments, **options)

    def update_secret_version_stage(
        self, secret_id: str, *arguments: Any, **options: Any
    ) -> tuple[str, str]:
        """Move a label; raises OperationNotPermittedOnReplica, and for a deleted secret."""
        self._check_stays(secret_id)
        if isinstance(self.secrets.get(secret_id), ReplicaSecret):
            raise OperationNotPermittedOnReplica
        with self._value_changed(secret_id):
            moved = super().update_secret_version_stage(secret_id, *arguments, **options)
            _follow_current(self.secrets[secret_id])
            return moved

    def delete_secret(self, secret_id: str, *arguments: Any, **options: Any) -> Any:
        """Delete a secret; raises InvalidParameterException if it has replicas."""
        secret = self.secrets.get(secret_id)
        if isinstance(secret, FakeSecret) and secret.replicas:
            regions = ", ".join(replica.region for replica in secret.replicas)
            raise InvalidParameterException(
                f"You can't delete secret {secret_id} that still has replica regions [{regions}]."
            )
        with self.listed_later(secret_id):
            return super().delete_secret(secret_id, *arguments, **options)

    def restore_secret(self, secret_id: str) -> tuple[str, str]:
        """Take back the deletion of a secret; raises moto's errors."""
        with self.listed_later(secret_id):
            restored = super().restore_secret(secret_id)
            self._stamp(secret_id)
            return restored

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
        with self.listed_later(secret_id):
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
        gone = [each for each in self._replicas_of(secret_id) if each.region in replica_regions]
        _, statuses = super().remove_regions_from_replication(secret_id, replica_regions)
        for replica in gone:
            note_change(replica, replica)
        return self.secrets[secret_id].arn, statuses

    def delete_what_is_due(self) -> None:
        """Delete the secrets whose recovery window is over."""
        for secret in list(self.secrets.values()):
            if isinstance(secret, FakeSecret) and (secret.deleted_date or inf) <= CLOCK.time():
                self.secrets.pop(secret.arn)

    @contextmanager
    def _value_changed(self, secret_id: str) -> Iterator[None]:
        """Bring replicas and versions up to date after a change of the value."""
        with self.listed_later(secret_id):
            yield
        secret = self.secrets.get(secret_id)
        if isinstance(secret, FakeSecret):
            self._stamp(secret_id)
            _forget_old_versions(secret)
            for replica in secret.replicas:
                _IN_SYNC.begin(replica.arn)

    def _stamp(self, secret_id: str, *, is_new: bool = False) -> None:
        """Store when a secret was changed; responses subtract the time that has passed since."""
        secret = self.secrets[secret_id]
        if isinstance(secret, FakeSecret):
            secret.last_changed_date = int(CLOCK.time())
            secret.created_date = int(CLOCK.time()) if is_new else secret.created_date

    def _replicas_of(self, name: str) -> list[ReplicaSecret]:
        secret = self.secrets.get(name)
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
        own = REGIONS.of(self.account_id)
        for region in regions:
            is_served = region in region_names() and own.is_on(region)
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

    def _usable_key(self, kms_key_id: str | None) -> str | None:
        """Return the key, the default one by its alias. Raises EncryptionFailure."""
        default = self.DEFAULT_KMS_KEY_ALIAS
        if kms_key_id is None or kms_key_id == default or self._is_of_others(kms_key_id):
            return kms_key_id
        kms = kms_backends[self.account_id][self.region_name]
        name = kms.get_alias_name(kms.get_key_id(kms_key_id))
        key_id = kms.get_key_id_from_alias(name) if name.startswith("alias/") else name
        if name == default or key_id == kms.get_key_id_from_alias(default):
            return default
        key = kms.keys.get(key_id or "")
        if key is None or not key.enabled:
            raise EncryptionFailure
        return kms_key_id

    def _is_of_others(self, kms_key_id: str) -> bool:
        """Whether another account owns the key, whose state is unknown then."""
        return kms_key_id.startswith("arn:") and f":{self.account_id}:" not in kms_key_id


def _check_name(name: str) -> None:
    if not _LEGAL_NAME.fullmatch(name):
        raise ValidationException(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
            "following: -/_+=.@!"
        )


def replica_arn(arn: str, region: str) -> str:
    """Return the ARN of a secret's replica in the Region."""
    parts = arn.split(":")
    return ":".join([*parts[:3], region, *parts[4:]])


def _correct(replica: ReplicaSecret) -> None:
    """Correct ARN and message of a new replica; moto replaces Region codes inside names too."""
    source, region = replica.source, replica.region
    arn = replica_arn(source.arn, region)
    if replica.has_replica:
        store = secretsmanager_backends[source.account_id][region].secrets
        dict.pop(store, replica.arn)
        store[arn] = replica
        LAGS[LagKind.NEW_SECRETS].begin(arn)
    else:
        replica.config["StatusMessage"] = (
            f"Replication failed: Secret name {source.name} already exists in region {region}."
        )
    replica.arn = arn
    if replica.has_replica:
        _IN_SYNC.begin(arn)
        note_change(replica, None)


def _follow_current(secret: FakeSecret | ReplicaSecret) -> None:
    """Let GetSecretValue return the version labelled AWSCURRENT; moto returns the newest one."""
    if not isinstance(secret, FakeSecret):
        return
    for version_id, version in secret.versions.items():
        if "AWSCURRENT" in version["version_stages"]:
            secret.default_version_id = version_id


def _forget_old_versions(secret: FakeSecret) -> None:
    """Remove versions beyond MOST_VERSIONS that have no label and are older than a day."""
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
    day_ago = CLOCK.time() - 24 * 60 * 60
    old = [
        version_id
        for version_id, version in secret.versions.items()
        if not version["version_stages"] and version["createdate"] < day_ago
    ]
    for version_id in old[: max(0, len(secret.versions) - MOST_VERSIONS)]:
        del secret.versions[version_id]


def _replication(statuses: Iterable[dict[str, Any]]) -> dict[str, Any]:
    listed = list(statuses)
    return {"ReplicationStatus": listed} if listed else {}


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
