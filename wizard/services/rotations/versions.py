"""One secret of a rotation whose lease is held: its new version, or its old version put back."""

import uuid
from dataclasses import replace

from wizard.backend import secretsmanager
from wizard.backend.secretsmanager import StagedVersions
from wizard.domain import AwsAction, Credential, Role
from wizard.domain.errors import (
    AwsError,
    ManagedByService,
    NewerVersion,
    NotTried,
    OldVersionGone,
    RoleWithdrawn,
    is_answer_lost,
    known_not_made,
)
from wizard.models import RotatedSecret, RotatedState
from wizard.services import access, secret_writes
from wizard.services.rotations.journal import journal, refuse
from wizard.services.rotations.replicating import wait_for_replicas


def put(secret: RotatedSecret, *, credential: Credential) -> None:
    """Store the credential as a new version of the secret; the row has the result."""
    try:
        now = secretsmanager.staged_versions(secret.target, secret.arn)
        _check(secret, now)
    except AwsError as error:
        refuse(secret, error, state=RotatedState.FAILED)
        return
    if secret.version in now.versions:
        # Another value may have been stored under the ID by an earlier attempt.
        secret.version = str(uuid.uuid4())
    secret.previous_version = now.current

    def store() -> str:
        return secret_writes.put(secret.target, secret.arn, credential, token=secret.version)

    journal(
        secret,
        AwsAction.PUT_SECRET_VALUE,
        store,
        version=secret.version,
        done=RotatedState.SUCCEEDED,
    )
    _wait_for_replicas(secret, now)


def put_back(secret: RotatedSecret) -> None:
    """Make the old version current again, if the rotation's own is current."""
    old, new = secret.previous_version, secret.version
    try:
        now = secretsmanager.staged_versions(secret.target, secret.arn)
        _check(secret, now)
        if now.current != new:  # guard: F21
            raise NewerVersion(operation=AwsAction.MOVE_STAGE, region=secret.region)
        if old not in now.versions:
            raise OldVersionGone(operation=AwsAction.MOVE_STAGE, region=secret.region)
    except AwsError as error:
        refuse(secret, error, state=RotatedState.SUCCEEDED)
        return

    def move() -> str:
        try:
            secretsmanager.make_current(secret.target, secret.arn, version=old, instead_of=new)
        except AwsError as error:
            _read_back(secret, error)
        return old

    journal(
        secret,
        AwsAction.MOVE_STAGE,
        move,
        version=old,
        done=RotatedState.PUT_BACK,
        undone=RotatedState.SUCCEEDED,
    )
    _wait_for_replicas(secret, now)


def leave_without_new(secret: RotatedSecret, silent: AwsError) -> None:
    """Note that no version is stored, because the Region did not respond to another secret.

    What is not known of an earlier attempt stays so.
    """
    _leave(secret, silent, AwsAction.PUT_SECRET_VALUE, RotatedState.FAILED)


def leave_with_new(secret: RotatedSecret, silent: AwsError) -> None:
    """The same of a secret whose old version is not put back."""
    _leave(secret, silent, AwsAction.MOVE_STAGE, RotatedState.SUCCEEDED)


def _leave(secret: RotatedSecret, silent: AwsError, action: AwsAction, state: RotatedState) -> None:
    if secret.is_unknown:
        return
    words = "Not tried, because the Region didn't respond to another secret of this rotation."
    untried = NotTried(words, code=silent.code, operation=action, region=secret.region)
    refuse(secret, known_not_made(untried), state=state)


def _wait_for_replicas(secret: RotatedSecret, now: StagedVersions) -> None:
    if secret.error is None and now.secret.replica_regions:
        wait_for_replicas(secret)


def _check(secret: RotatedSecret, now: StagedVersions) -> None:
    """Raise the reason why the value may not be changed, which nothing is sent for."""
    if now.secret.owning_service:
        raise ManagedByService(operation=AwsAction.PUT_SECRET_VALUE, region=secret.region)
    actor = secret.rotation.actor
    for region in (secret.region, *now.secret.replica_regions):
        there = replace(secret.target, region=region)
        if not access.may(user=actor, role=Role.OPERATOR, target=there):  # guard: Z2
            raise RoleWithdrawn(operation=AwsAction.PUT_SECRET_VALUE, region=region)


def _read_back(secret: RotatedSecret, error: AwsError) -> None:
    """Return if the change whose answer was lost was made after all; else raise the error."""
    if not is_answer_lost(error):
        raise error
    try:
        now = secretsmanager.staged_versions(secret.target, secret.arn)
    except AwsError:
        raise error from None
    if now.current != secret.previous_version:
        raise known_not_made(error)
