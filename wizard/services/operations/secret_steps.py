"""The secret of an operation: created once, recognised as its own, and deleted again.

The operation's request token is the id of the secret's first version. That is how a secret is known
to be this operation's own when the answer to CreateSecret was lost.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress

from django.contrib.auth.models import User
from django.utils import timezone

from wizard.backend import secretsmanager
from wizard.domain import AwsAction, Credential, RuleDraft
from wizard.domain.errors import (
    AwsError,
    CredentialNeeded,
    SecretAlreadyExists,
    SecretNotFound,
    is_answer_lost,
)
from wizard.models import Operation, OperationState, OperationStep
from wizard.services.operations import leases
from wizard.services.operations.calls import read_back
from wizard.services.operations.journal import journal
from wizard.services.operations.lookups import operation_of
from wizard.services.secrets import RECOVERY_DAYS, check_unused


def make_secret(operation: Operation, credential: Credential | None) -> None:
    """Create the operation's secret if it is to have one and has none yet.

    Raises CredentialNeeded when there is a secret to create and no credential.
    """
    if not operation.needs_credential:
        return
    if credential is None:
        raise CredentialNeeded(operation=AwsAction.CREATE_SECRET, region=operation.region)

    def create(_step: OperationStep) -> str:
        return _create_or_find(operation, credential)

    def note(arn: str) -> None:
        leases.note(operation, made_secret_arn=arn, secret_removed_at=None)

    journal(operation, AwsAction.CREATE_SECRET, operation.secret_name, create, then=note)


def discard_secret(*, draft: RuleDraft, actor: User) -> bool:
    """Schedule the deletion of the secret that this draft created and whose rule does not exist.

    It holds the operation's lease meanwhile: a retry cannot begin to use the secret, and if the
    process dies, the operation is listed as interrupted. False when there is nothing to discard: a
    retry is running, or has used the secret. Raises SecretInUse like `remove_secret`.
    """
    operation = operation_of(draft)
    if operation is None or operation.state not in leases.OPEN_AGAIN:
        return False
    if not leases.take(operation, actor=actor):  # guard: F8
        return False
    try:
        with leases.kept([operation]):
            remove_secret(operation, draft.made_secret_arn)
    except leases.LeaseLost:
        return False
    except Exception:
        with suppress(leases.LeaseLost):
            leases.finish(operation, OperationState.FAILED)
        raise
    with suppress(leases.LeaseLost):
        leases.finish(operation, OperationState.FAILED)
    return True


def remove_secret(operation: Operation, arn: str, *, replica_regions: Sequence[str] = ()) -> None:
    """Schedule the deletion of a secret of the operation's; it can be restored for RECOVERY_DAYS.

    Its replicas are removed first: AWS does not delete a secret that has any. Raises SecretInUse,
    before anything is changed, while a rule uses it in any Region or that cannot be found out.
    """
    check_unused(target=operation.target, arn=arn)  # guard: F8 F14
    if replica_regions:
        _remove_replicas(operation, arn, replica_regions)

    def delete(_step: OperationStep) -> str:
        secretsmanager.schedule_secret_deletion(operation.target, arn, days=RECOVERY_DAYS)
        return arn

    def note(_arn: str) -> None:
        leases.note(operation, secret_removed_at=timezone.now())

    journal(operation, AwsAction.DELETE_SECRET, arn, delete, then=note)


def own_secret(operation: Operation) -> str:
    """ARN of the secret that the operation created, also when the answer was lost; else empty."""
    if not operation.makes_secret or operation.secret_removed_at is not None:
        return ""
    try:
        arn, versions = secretsmanager.secret_versions(operation.target, operation.secret_name)
    except SecretNotFound:
        return ""
    return arn if operation.client_request_token in versions else ""


def _create_or_find(operation: Operation, credential: Credential) -> str:
    """Create the secret. If an earlier attempt created it, give it the credential typed now."""
    target, name = operation.target, operation.secret_name
    try:
        return secretsmanager.create_secret(
            target,
            name=name,
            credential=credential,
            client_request_token=operation.client_request_token,  # guard: F10
        )
    except SecretAlreadyExists:
        arn = own_secret(operation)
        if not arn:
            raise
    except AwsError as error:
        if not is_answer_lost(error):
            raise
        return read_back(lambda: own_secret(operation), error)  # guard: F10
    leases.renew(operation)
    secretsmanager.put_secret_value(
        target, arn, credential=credential, client_request_token=str(uuid.uuid4())
    )
    return arn


def _remove_replicas(operation: Operation, arn: str, regions: Sequence[str]) -> None:
    def remove(_step: OperationStep) -> str:
        secretsmanager.remove_replicas(operation.target, arn, regions)
        return arn

    after = {"regions": list(regions)}
    journal(operation, AwsAction.REMOVE_REPLICAS, arn, remove, after=after)
