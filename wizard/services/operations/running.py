"""The work on one operation whose lease is held: secret, template, rule, in this order; its end."""

import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from wizard.domain import AwsAction, Credential, Role
from wizard.domain.errors import (
    AuditUnavailable,
    AwsError,
    RoleWithdrawn,
    SecretNotFound,
    Throttled,
)
from wizard.domain.origins import acting_for as acting_for
from wizard.models import OPEN_PARTS, AuditOutcome, FleetPart, Operation, OperationState
from wizard.services import access, places
from wizard.services.audit import record_event
from wizard.services.operations import (
    importing,
    leases,
    rule_steps,
    secret_steps,
    template_steps,
)
from wizard.services.operations.journal import end_without_call
from wizard.services.operations.leases import LeaseLost

# For how long the background repeats what AWS throttles.
BACKGROUND_LIMIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """The result of working on an operation.

    `error` is AWS's refusal when it failed; `made_secret_arn` a secret that exists because of this
    operation, with or without its rule. `is_ours` is False when another worker has the operation.
    """

    operation: Operation
    is_ours: bool = True
    made_secret_arn: str = ""
    error: AwsError | None = None


def run(operation: Operation, *, credential: Credential | None) -> Creation:
    """Do what is still to be done of an operation whose lease the caller holds.

    A refusal by AWS is the Creation's error and not raised; so is CredentialNeeded when there is a
    secret to create and no credential. An error that passes by itself and needs no credential any
    more leaves the operation WAITING for the background, without an error. When another worker has
    taken the operation, this one stops.
    """
    try:
        return _run(operation, credential)
    except LeaseLost:
        return left_to_another(operation)


def left_to_another(operation: Operation) -> Creation:
    """The result of an operation that another worker has taken.

    If that worker cleaned up while a call of ours was running, what this call created still has to
    be cleaned up: the operation is open again.
    """
    operation.refresh_from_db()
    late = operation.steps.filter(
        state=OperationState.SUCCEEDED, finished_at__gt=operation.finished_at or timezone.now()
    )
    if operation.state == OperationState.CLEANED and late.exists():
        leases.note(operation, state=OperationState.FAILED)
    return Creation(operation=operation, is_ours=False)


def succeed(operation: Operation) -> Creation:
    """End an operation whose rule exists now, whether created by it or found."""
    with transaction.atomic():
        leases.finish(operation, OperationState.SUCCEEDED)
        _close_superseded(operation)
    return _creation(operation)


def waiting_operations(*, batch_id: uuid.UUID | None = None) -> list[Operation]:
    """The operations that wait for the background, of one batch or all, the next due first."""
    rows = Operation.objects.filter(state=OperationState.WAITING).order_by("next_try_at")
    return list(rows.filter(batch_id=batch_id) if batch_id else rows)


def due_operations(*, most: int | None = None) -> list[Operation]:
    """The operations that wait for the background and whose time has come, the oldest first.

    Those that need a credential are left to who has it.
    """
    has_secret = Q(secret_name="") | ~Q(made_secret_arn="") & Q(secret_removed_at__isnull=True)
    rows = Operation.objects.filter(has_secret, state=OperationState.WAITING)
    return list(rows.filter(next_try_at__lte=timezone.now()).order_by("next_try_at")[:most])


def go_on(*, operation_id: uuid.UUID, credential: Credential | None = None) -> Operation | None:
    """Try again, in the background, what waits; the person who confirmed it is the actor.

    None when there is nothing to do: the operation has ended, is not due, another worker has it, or
    it needs a credential and there is none here. So a task that is queued twice is idempotent. If
    the operation is left WAITING again, its `next_try_at` says when to come back.
    """
    operation = Operation.objects.select_related("actor").filter(pk=operation_id).first()
    if operation is None or (operation.needs_credential and credential is None):
        return None
    if not leases.take_due(operation):
        return None
    with acting_for(operation.actor), leases.kept([operation]):
        if may_go_on(operation):
            creation = run(operation, credential=credential)
            if creation.error is not None:
                importing.end_unreachable(operation, creation.error)  # guard: B12
    return operation


def has_worker_with_credential(operation: Operation) -> bool:
    """Whether the part of an operation over accounts that inserted it still works on it."""
    import_id = importing.import_of(operation)
    parts = FleetPart.objects.filter(import_id=import_id, state__in=OPEN_PARTS)
    return import_id is not None and parts.exists()


def may_go_on(operation: Operation) -> bool:
    """Whether the background may work on it for its person; ends the operation if not."""
    person, target = operation.actor, operation.target
    if not access.may(user=person, role=Role.OPERATOR, target=target):  # guard: W9
        _refuse(operation)
        return False
    if refusal := places.refusal_of_work(operation.account_id):  # guard: B6
        refusal.region = operation.region
        prefix = operation.ecr_repository_prefix
        end_without_call(operation, AwsAction.CREATE_RULE, prefix, refusal)
        return False
    return True


def _run(operation: Operation, credential: Credential | None) -> Creation:
    try:
        secret_steps.make_secret(operation, credential)
        template_steps.make_template(operation)
        rule_steps.make_rule(operation)
    except AwsError as error:
        if _passes(operation, error):
            leases.leave_to_background(operation)
            return _creation(operation)
        template_steps.take_back_unused(operation, error)
        leases.finish(operation, OperationState.FAILED)
        return _creation(operation, error)
    except LeaseLost:
        raise
    except Exception as error:
        # A fault of our own. The journal says how far the operation came; it can be repeated. The
        # background repeats it if the database was the reason and a replaced rule is deleted.
        is_of_database = isinstance(error, (AuditUnavailable, DatabaseError))
        with suppress(LeaseLost):
            if is_of_database and operation.is_old_rule_gone:
                leases.leave_to_background(operation)
            else:
                leases.finish(operation, OperationState.FAILED)
        raise
    return succeed(operation)


def _creation(operation: Operation, error: AwsError | None = None) -> Creation:
    made = operation.made_secret_arn if operation.makes_secret else ""
    return Creation(operation=operation, made_secret_arn=made, error=error)


def _passes(operation: Operation, error: AwsError) -> bool:
    """Whether the error passes by itself and the background can go on, with the credential it has.

    A replacement does not wait: its old rule is put back at once.
    """
    if operation.replaced is not None:
        return False
    if operation.needs_credential and not has_worker_with_credential(operation):  # guard: S16
        return False
    if isinstance(error, SecretNotFound):
        return rule_steps.is_secret_fresh(operation, operation.rule.credential_arn)  # guard: F9
    since = operation.waiting_since or timezone.now()
    return isinstance(error, Throttled) and timezone.now() - since < BACKGROUND_LIMIT


def _close_superseded(operation: Operation) -> None:
    """Close other failed operations whose secret is used by this operation's rule now."""
    if arn := operation.rule.credential_arn:
        others = Operation.objects.filter(account_id=operation.account_id, made_secret_arn=arn)
        others = others.filter(state=OperationState.FAILED).exclude(pk=operation.pk)
        others.update(state=OperationState.CLEANED)


def _refuse(operation: Operation) -> None:
    """End an operation whose actor has lost the role; AWS is not called."""
    error = RoleWithdrawn(operation=AwsAction.CREATE_RULE, region=operation.region)
    subject, target = operation.ecr_repository_prefix, operation.target
    action, refused = AwsAction.CREATE_RULE, AuditOutcome.REFUSED
    record_event(action, target=target, subject=subject, outcome=refused)
    end_without_call(operation, action, subject, error)
