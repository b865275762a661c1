"""Imported rules as operations: a batch for each prefix, with an operation for each Region.

No rule of an import needs a credential, so the background worker does all of the work: an operation
is inserted as one that waits and is due. The ID of an import comes from its form, so that a form
which is sent twice inserts nothing twice.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from wizard.domain import NewRule, Role, Target, check_new_rule
from wizard.domain.errors import OperationNotFound
from wizard.models import Operation, OperationState
from wizard.services import access
from wizard.services.operations import leases

# How long one rule may take before the next ones count as interrupted.
_SECONDS_EACH: Final = 2


def begin_import(
    *, import_id: uuid.UUID, rules: Sequence[tuple[Target, NewRule]], actor: User
) -> bool:
    """Insert an operation for each rule; False when another request of the form has done so.

    Raises NotPermitted, InvalidRule or InvalidIdentifier before anything is inserted.
    """
    for target, rule in rules:
        access.check_access(user=actor, role=Role.OPERATOR, target=target)
        check_new_rule(rule, target)
    prefixes = sorted({rule.ecr_repository_prefix for _target, rule in rules})
    batches = {prefix: (number, uuid.uuid4()) for number, prefix in enumerate(prefixes)}
    rows = [
        _row(import_id, *batches[rule.ecr_repository_prefix], target, rule, actor)
        for target, rule in rules
    ]
    waiting = _waiting(len(rows))
    for row in rows:
        for name, value in waiting.items():
            setattr(row, name, value)
    try:
        with transaction.atomic():
            Operation.objects.bulk_create(rows)
    except IntegrityError:
        return False
    return True


def operations_of_import(
    *, import_id: uuid.UUID, account_id: str, regions: Collection[str]
) -> list[Operation]:
    """Return the operations of an import in these Regions; raises OperationNotFound."""
    rows = Operation.objects.filter(
        account_id=account_id, region__in=regions, draft_id__startswith=f"{import_id.hex}-"
    )
    found = rows.select_related("actor").prefetch_related("steps")
    if not found:
        raise OperationNotFound(str(import_id))
    return list(found.order_by("ecr_repository_prefix", "region"))


def repeat_import(failed: Iterable[Operation], *, actor: User) -> int:
    """Let the background repeat what failed; return the number of operations.

    Raises NotPermitted, before anything is changed, for a Region that is not the person's.
    """
    chosen = [each for each in failed if each.state == OperationState.FAILED]
    for each in chosen:
        access.check_access(user=actor, role=Role.OPERATOR, target=each.target)
    rows = Operation.objects.filter(
        pk__in=[each.pk for each in chosen],
        state=OperationState.FAILED,
    )
    return rows.update(actor=actor, finished_at=None, **_waiting(len(chosen)))


def _row(
    import_id: uuid.UUID,
    number: int,
    batch_id: uuid.UUID,
    target: Target,
    rule: NewRule,
    actor: User,
) -> Operation:
    return Operation(
        batch_id=batch_id,
        # In the place of a draft's ID: unique for each prefix of an import.
        draft_id=f"{import_id.hex}-{number}",
        actor=actor,
        account_id=target.account_id,
        region=target.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        upstream_registry_url=rule.upstream_registry_url,
        planned_rule=asdict(rule),
    )


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
