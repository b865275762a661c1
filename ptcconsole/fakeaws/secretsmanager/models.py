"""What moto's Secrets Manager leaves out: legal names, taken names, keys, secrets on their way out.

Answers for these rules, and for two creates of one name. Refuses to know anything else about
secrets: moto keeps them.
"""

import json
import re
import threading
from typing import Any

from moto.kms.models import kms_backends
from moto.secretsmanager.exceptions import (
    InvalidRequestException,
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

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
_LEGAL_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]+")


class EncryptionFailure(SecretsManagerClientError):
    """The key that a secret is to have cannot be used."""

    def __init__(self) -> None:
        super().__init__(
            "EncryptionFailure",
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key. "
            "Check that the KMS key is available, enabled, and not in an invalid state.",
        )


class InvalidNextTokenException(SecretsManagerClientError):
    """A page that was never announced."""

    def __init__(self) -> None:
        super().__init__("InvalidNextTokenException", "The NextToken value is invalid.")


class StrictNamesBackend(SecretsManagerBackend):
    """moto's Secrets Manager of one account and Region, with AWS's rules."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.names_lock = threading.RLock()

    def create_secret(self, name: str, *arguments: Any, **options: Any) -> str:
        """Raises ValidationException, EncryptionFailure, InvalidRequestException and moto's."""
        _check_name(name)
        self._check_key(options.get("kms_key_id"))
        with self.names_lock:
            existing = self.secrets.get(name)
            self._check_free(name, existing)
            made = super().create_secret(name, *arguments, **options)
            if existing is None:
                NEW_SECRETS.created(json.loads(made)["ARN"])
        return made

    def update_secret(self, secret_id: str, *arguments: Any, **options: Any) -> str:
        """Raises EncryptionFailure and what moto raises."""
        self._check_key(options.get("kms_key_id"))
        return super().update_secret(secret_id, *arguments, **options)

    def put_secret_value(self, secret_id: str, *arguments: Any, **options: Any) -> str:
        """Raises InvalidRequestException for a secret on its way out, which moto would change."""
        secret = self.secrets.get(secret_id)
        if secret is not None and secret.is_deleted():
            raise InvalidRequestException(
                "You can't perform this operation on the secret because it was marked for deletion."
            )
        return super().put_secret_value(secret_id, *arguments, **options)

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
        """Whether another account owns the key; its state is out of this account's sight."""
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


def install() -> None:
    """Have moto keep our backend instead of its own, before anything is stored in it."""
    if secretsmanager_backends.backend is not StrictNamesBackend:
        secretsmanager_backends.backend = StrictNamesBackend
        secretsmanager_backends.clear()
