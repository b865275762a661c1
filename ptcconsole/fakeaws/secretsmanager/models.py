"""What moto's Secrets Manager leaves out of CreateSecret: which names are legal, which are taken.

Answers for names and for two creates of one name. Refuses to know anything else about secrets:
moto keeps them.
"""

import re
import threading
from typing import Any

from moto.core.utils import get_service_model
from moto.secretsmanager.exceptions import InvalidRequestException, ValidationException
from moto.secretsmanager.models import SecretsManagerBackend, secretsmanager_backends

from ptcconsole.fakeaws.constraints import violations

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
_LEGAL_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]+")


class StrictNamesBackend(SecretsManagerBackend):
    """moto's Secrets Manager of one account and Region, with AWS's rules about names."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.names_lock = threading.RLock()

    def create_secret(self, name: str, *arguments: Any, **options: Any) -> str:
        """Raises ValidationException, InvalidRequestException and what moto raises."""
        _check_name(name)
        with self.names_lock:
            existing = self.secrets.get(name)
            if existing is not None and existing.is_deleted():
                raise InvalidRequestException(
                    "You can't create this secret because a secret with this name is already "
                    "scheduled for deletion."
                )
            return super().create_secret(name, *arguments, **options)


def _check_name(name: str) -> None:
    shape = get_service_model("secretsmanager").operation_model("CreateSecret").input_shape
    for violation in violations(shape.members["Name"], name, "name"):
        raise ValidationException(
            f"1 validation error detected: Value '{violation.value}' at '{violation.path}' failed "
            f"to satisfy constraint: {violation.constraint}"
        )
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
