"""The changing calls about one secret, and what became of a call whose answer was lost.

A value has a request token, which AWS makes the ID of its version. A person's form keeps the token
for a second try, so the same intent never makes two versions. When an answer was lost, the secret
is read: the error is raised as one that is known to have changed nothing, or the call has succeeded
after all. If the secret cannot be read either, the outcome stays unknown.
"""

import uuid
from collections.abc import Callable
from typing import TypeVar

from wizard.backend import secretsmanager
from wizard.domain import Credential, Target
from wizard.domain.errors import (
    AwsError,
    SecretAlreadyExists,
    SecretNotFound,
    is_answer_lost,
    known_not_made,
)

Found = TypeVar("Found", str, bool)


def create(target: Target, name: str, credential: Credential, *, token: str) -> str:
    """Create a secret and return its ARN. One that an earlier try created gets the value."""
    try:
        return secretsmanager.create_secret(
            target, name=name, credential=credential, client_request_token=token
        )
    except SecretAlreadyExists as error:
        arn = _own_arn(target, name, token, error)
        if not arn:
            raise
        put(target, arn, credential, token=token)
        return arn
    except AwsError as error:
        return _read_back(error, lambda: _arn_of_version(target, name, token))  # guard: F12


def put(target: Target, secret_id: str, credential: Credential, *, token: str) -> str:
    """Store a version and return its ID: the token, or another one if it has another value."""
    try:
        _put(target, secret_id, credential, token)
    except SecretAlreadyExists:
        # An earlier try of the same form stored another value under the token.
        token = str(uuid.uuid4())
        _put(target, secret_id, credential, token)
    return token


def schedule_deletion(target: Target, arn: str, *, days: int) -> None:
    """Schedule the deletion of a secret."""
    try:
        secretsmanager.schedule_secret_deletion(target, arn, days=days)
    except AwsError as error:
        _read_back(error, lambda: is_deleted(target, arn))  # guard: F12


def restore(target: Target, arn: str) -> None:
    """Restore a secret that is scheduled for deletion."""
    try:
        secretsmanager.restore_secret(target, arn)
    except AwsError as error:
        _read_back(error, lambda: not is_deleted(target, arn))  # guard: F12


def has_version(target: Target, secret_id: str, token: str) -> bool:
    """Whether the secret exists with a version of this ID."""
    return bool(_arn_of_version(target, secret_id, token))


def _arn_of_version(target: Target, secret_id: str, token: str) -> str:
    """Return the ARN of the secret if it has a version of this ID; else an empty text."""
    try:
        arn, versions = secretsmanager.secret_versions(target, secret_id)
    except SecretNotFound:
        return ""
    return arn if token in versions else ""


def is_deleted(target: Target, secret_id: str) -> bool:
    """Whether the secret is scheduled for deletion, or deleted."""
    try:
        return secretsmanager.describe_secret(target, secret_id).deleted_at is not None
    except SecretNotFound:
        return True


def _put(target: Target, secret_id: str, credential: Credential, token: str) -> None:
    try:
        secretsmanager.put_secret_value(
            target, secret_id, credential=credential, client_request_token=token
        )
    except AwsError as error:
        _read_back(error, lambda: has_version(target, secret_id, token))  # guard: F12


def _own_arn(target: Target, name: str, token: str, error: AwsError) -> str:
    """Return the ARN if an earlier try created the secret; raises `error` if that is unknown."""
    try:
        return _arn_of_version(target, name, token)
    except AwsError:
        raise error from None


def _read_back(error: AwsError, look: Callable[[], Found]) -> Found:
    """Return what AWS holds of the change whose answer was lost; without it, raise the error."""
    if not is_answer_lost(error):
        raise error
    try:
        found = look()
    except AwsError:
        raise error from None
    if not found:
        raise known_not_made(error)
    return found
