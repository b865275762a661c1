"""The upstream credential of an operation over accounts, sealed for its background workers.

Workers on any machine need it, so its key cannot be in a cookie. The key is derived from SECRET_KEY
and the ID of the operation, and is stored nowhere. So the database alone, or a copy of it, does not
reveal the credential, and a ciphertext in the row of another operation cannot be read. The row is
deleted when the operation ends or is cancelled, and after KEPT_FOR in any case.
"""

import base64
import json
from datetime import timedelta
from typing import Final
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from wizard.domain import Credential
from wizard.domain.errors import AwsError, CredentialNotKept, CredentialSealedOtherwise
from wizard.models import FleetOperation, SealedValue

KEPT_FOR: Final = timedelta(hours=4)
# What the key is for, so that it is the key of nothing else.
_PURPOSE: Final = b"wizard: credential of an operation over accounts: "


@sensitive_variables()
def keep(operation: FleetOperation, credential: Credential) -> None:
    """Store the credential of an operation that begins."""
    content = credential.secret_string().encode()
    SealedValue.objects.create(
        operation=operation,
        ciphertext=_seal_of(operation.pk).encrypt(content).decode(),
        expires_at=timezone.now() + KEPT_FOR,
    )


@sensitive_variables()
def kept_value(operation: FleetOperation) -> Credential | None:
    """Return the credential of an operation, or None if it is not kept any more."""
    row = SealedValue.objects.filter(operation=operation.pk, expires_at__gt=timezone.now()).first()
    if row is None:
        return None
    try:
        # The time in the ciphertext counts too: nobody can extend it in the database.
        content = _seal_of(operation.pk).decrypt(
            row.ciphertext.encode(), ttl=int(KEPT_FOR.total_seconds())
        )
    except (InvalidToken, ValueError):  # guard: S16
        return None
    kept = json.loads(content)
    return Credential(username=kept["username"], access_token=kept["accessToken"])


def why_lost(operation: FleetOperation) -> type[AwsError]:
    """Return the cause when `kept_value` has nothing: a row that does not open, or no row."""
    rows = SealedValue.objects.filter(operation=operation.pk, expires_at__gt=timezone.now())
    return CredentialSealedOtherwise if rows.exists() else CredentialNotKept


def erase(operation_id: UUID) -> None:
    """Delete the credential of an operation, if there is one."""
    SealedValue.objects.filter(operation=operation_id).delete()


@sensitive_variables()
def _seal_of(operation_id: UUID) -> MultiFernet:
    """Return what encrypts with the SECRET_KEY, and decrypts with an earlier one as well."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    context = _PURPOSE
    context += operation_id.bytes  # guard: S16
    return MultiFernet([Fernet(_derived(key, context)) for key in keys])


@sensitive_variables()
def _derived(secret_key: str, context: bytes) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=context)
    return base64.urlsafe_b64encode(derivation.derive(secret_key.encode()))
