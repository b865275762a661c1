"""Imported rules as operations: a batch for each prefix, with an operation for each Region.

The background worker does all of the work: an operation is inserted as one that waits and is due.
Rules that make a secret need the credential, which the part of an operation over accounts has; the
background leaves them to it. The ID of an import comes from its form, and those of its
rows follow from it and the prefix. So a form that is sent twice inserts nothing twice, and one that
is sent again with other rules adds these.
"""

import hashlib
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from wizard.domain import AwsAction, NewRule, Role, Target, check_new_rule
from wizard.domain.errors import (
    AwsError,
    NotTried,
    OperationNotFound,
    RegionUnreachable,
    known_not_made,
)
from wizard.models import Operation, OperationState
from wizard.services import access
from wizard.services.operations import leases
from wizard.services.operations.journal import end_without_call
from wizard.services.operations.leases import LeaseLost

# An import's ID without hyphens; that of a draft is shorter.
_LENGTH_OF_ID: Final = 32
# How long one rule may take before the next ones count as interrupted.
_SECONDS_EACH: Final = 2


def begin_import(
    *,
    import_id: uuid.UUID,
    rules: Sequence[tuple[Target, NewRule]],
    actor: User,
    replaced: Mapping[tuple[Target, str], NewRule] | None = None,
    new_secrets: Mapping[tuple[Target, str], str] | None = None,
    retried: Collection[uuid.UUID] = (),
) -> None:
    """Insert an operation for each rule that the import does not have yet.

    `replaced` are existing rules, by place and prefix, in whose place the new ones are put.
    `new_secrets` are the names of the secrets that rules make, whose ARNs are made up until then.
    A secret that one of the `retried` imports made, or may have made, is recognised as their own.
    Raises NotPermitted, InvalidRule or InvalidIdentifier before anything is inserted.
    """
    for target, rule in rules:
        access.check_access(user=actor, role=Role.OPERATOR, target=target)
        check_new_rule(rule, target)
    rows = [_row(import_id, target, rule, actor) for target, rule in rules]
    for row in rows:
        old = (replaced or {}).get((row.target, row.ecr_repository_prefix))
        row.replaced_rule = asdict(old) if old else None
    if new_secrets:
        _make_secrets(rows, new_secrets, retried)
    waiting = _waiting(len(rows))
    for row in rows:
        for name, value in waiting.items():
            setattr(row, name, value)
    Operation.objects.bulk_create(
        rows,
        ignore_conflicts=True,  # guard: W1
    )


def imported_rules(*, import_id: uuid.UUID, account_id: str) -> set[str]:
    """Return the rules that an import has, as `region/prefix`."""
    rows = _rows_of(import_id, account_id)
    return {
        f"{region}/{prefix}"
        for region, prefix in rows.values_list("region", "ecr_repository_prefix")
    }


def operations_of_import(
    *, import_id: uuid.UUID, account_id: str, regions: Collection[str]
) -> list[Operation]:
    """Return the operations of an import in these Regions; raises OperationNotFound."""
    rows = _rows_of(import_id, account_id).filter(region__in=regions)
    found = list(
        rows.select_related("actor")
        .prefetch_related("steps")
        .order_by("ecr_repository_prefix", "region")
    )
    if not found:
        raise OperationNotFound(str(import_id))
    return found


def import_of(operation: Operation) -> uuid.UUID | None:
    """Return the ID of the import that the operation belongs to; None for one of a draft."""
    import_id, dash, _prefix = operation.draft_id.partition("-")
    try:
        return uuid.UUID(hex=import_id) if dash and len(import_id) == _LENGTH_OF_ID else None
    except ValueError:
        return None


def repeat_import(failed: Iterable[Operation], *, actor: User) -> int:
    """Let the background repeat what failed; return the number of operations.

    One that needs the credential is left to a person, who has it. Raises NotPermitted, before
    anything is changed, for a Region that is not the person's.
    """
    chosen = [
        each for each in failed if each.state == OperationState.FAILED and not each.needs_credential
    ]
    for each in chosen:
        access.check_access(user=actor, role=Role.OPERATOR, target=each.target)
    rows = Operation.objects.filter(
        pk__in=[each.pk for each in chosen],
        state=OperationState.FAILED,
    )
    return rows.update(actor=actor, finished_at=None, **_waiting(len(chosen)))


def end_unreachable(operation: Operation, error: AwsError) -> None:
    """End what an import still has to do in the Region of this operation, which did not answer.

    AWS is not asked: each further rule would hold the background, and all that waits for it, for as
    long as the first one. Does nothing for the operation of a draft.
    """
    import_id = import_of(operation)
    if import_id is None or not isinstance(error, RegionUnreachable):
        return
    words = "Not tried, because the Region didn't respond to another rule of this import."
    action = AwsAction.CREATE_RULE
    untried = known_not_made(
        NotTried(words, code=error.code, operation=action, region=operation.region)
    )
    rest = _rows_of(import_id, operation.account_id).filter(
        region=operation.region, state=OperationState.WAITING
    )
    for each in rest:
        if leases.take_due(each):
            with suppress(LeaseLost):
                end_without_call(each, action, each.ecr_repository_prefix, untried)


def end_unkept(*, import_id: uuid.UUID, account_id: str, cause: type[AwsError]) -> None:
    """End what is due of an import and needs the credential, which is lost for this cause."""
    rows = _rows_of(import_id, account_id).filter(state=OperationState.WAITING)
    for each in rows.filter(next_try_at__lte=timezone.now()):
        if each.needs_credential and leases.take_due(each):
            action = AwsAction.CREATE_SECRET
            error = known_not_made(cause(operation=action, region=each.region))
            with suppress(LeaseLost):
                end_without_call(each, action, each.secret_name, error)


def _make_secrets(
    rows: Sequence[Operation],
    names: Mapping[tuple[Target, str], str],
    retried: Collection[uuid.UUID],
) -> None:
    """Let rows make their secrets, with the token of an earlier attempt that may have made one."""
    prefixes = {row.ecr_repository_prefix for row in rows}
    earlier = Operation.objects.filter(
        account_id__in={row.account_id for row in rows},
        draft_id__in=[_draft_id(each, prefix) for each in retried for prefix in prefixes],
        secret_removed_at__isnull=True,
    ).exclude(state=OperationState.CLEANED)
    tokens = {
        (each.target, each.ecr_repository_prefix, each.secret_name): each.client_request_token
        for each in earlier.order_by("created_at")
    }
    for row in rows:
        key = (row.target, row.ecr_repository_prefix)
        row.secret_name = names.get(key, "")
        if row.secret_name:
            row.planned_rule = {**row.planned_rule, "credential_arn": None}
            row.client_request_token = tokens.get((*key, row.secret_name), row.client_request_token)


def _rows_of(import_id: uuid.UUID, account_id: str) -> "QuerySet[Operation]":
    of_import = f"{import_id.hex}-"
    return Operation.objects.filter(account_id=account_id, draft_id__startswith=of_import)


def _row(import_id: uuid.UUID, target: Target, rule: NewRule, actor: User) -> Operation:
    prefix = rule.ecr_repository_prefix
    return Operation(
        batch_id=uuid.uuid5(import_id, prefix),
        draft_id=_draft_id(import_id, prefix),
        actor=actor,
        account_id=target.account_id,
        region=target.region,
        ecr_repository_prefix=prefix,
        upstream_registry_url=rule.upstream_registry_url,
        planned_rule=asdict(rule),
    )


def _draft_id(import_id: uuid.UUID, prefix: str) -> str:
    """What is in the place of a draft's ID: one for each prefix of an import."""
    return f"{import_id.hex}-{hashlib.sha256(prefix.encode()).hexdigest()[:24]}"


def _waiting(number: int) -> dict[str, object]:
    """The columns of rows that are due now; the last one has to wait for all others."""
    now = timezone.now()
    patience = timedelta(seconds=_SECONDS_EACH * number)
    return {
        "state": OperationState.WAITING,
        "next_try_at": now,
        "lease_until": now + leases.BACKGROUND_LEASE + patience,
        "waiting_since": None,
    }
