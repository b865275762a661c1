"""Operations as the pages ask for them: by id, by batch, and those that need a person's attention.

Only reads the console's own rows; AWS is not asked.
"""

import uuid
from collections.abc import Collection
from itertools import groupby

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from wizard.domain import RuleDraft, Target
from wizard.domain.errors import OperationNotFound
from wizard.models import UNDER_WAY, Operation, OperationState
from wizard.services.operations.leases import OPEN_AGAIN


def get_operation(*, operation_id: uuid.UUID, target: Target) -> Operation:
    """Find an operation of this account and Region; raises OperationNotFound."""
    rows = Operation.objects.select_related("actor").filter(region=target.region)
    operation = rows.filter(pk=operation_id, account_id=target.account_id).first()
    if operation is None:
        raise OperationNotFound(str(operation_id))
    return operation


def operations_of(*, batch_id: uuid.UUID, account_id: str) -> list[Operation]:
    """The operations that were confirmed together, by Region; raises OperationNotFound."""
    rows = _rows(account_id).filter(batch_id=batch_id).order_by("region", "created_at")
    if found := list(rows):
        return found
    raise OperationNotFound(str(batch_id))


def list_batches(
    *, account_id: str, regions: Collection[str], state: str = "", limit: int = 50
) -> list[list[Operation]]:
    """The newest batches with an operation in that state, each with all of its operations."""
    rows = _rows(account_id).filter(region__in=regions)
    states = UNDER_WAY if state in UNDER_WAY else (state,)
    chosen = rows.filter(state__in=states) if state else rows
    newest = (
        chosen.order_by()
        .values("batch_id")
        .annotate(latest=Max("created_at"))
        .order_by("-latest")[:limit]
    )
    ids = [row["batch_id"] for row in newest]
    found = sorted(rows.filter(batch_id__in=ids), key=lambda each: ids.index(each.batch_id))
    return [
        sorted(batch, key=lambda each: each.region)
        for _id, batch in groupby(found, key=lambda each: each.batch_id)
    ]


def settled_operation(*, draft_id: str, target: Target) -> Operation | None:
    """The operation of a draft that is running or done; None while the draft can be changed.

    Each page of a draft asks, and nearly always there is none. So it first asks whether there is.
    """
    rows = current_rows(draft_id, target).exclude(state__in=OPEN_AGAIN)
    return rows.first() if rows.exists() else None


def operation_of(draft: RuleDraft) -> Operation | None:
    """The operation of a draft in its Region."""
    return current_rows(draft.draft_id, draft.target).first()


def current_rows(draft_id: str, target: Target) -> QuerySet[Operation]:
    """The row that a draft has in a Region, if it has one, without those it superseded."""
    return Operation.objects.filter(
        draft_id=draft_id,
        superseded_at__isnull=True,
        account_id=target.account_id,
        region=target.region,
    )


def has_lost_rule(draft: RuleDraft) -> bool:
    """Whether the draft's failed operation deleted a rule that nothing has replaced."""
    operation = operation_of(draft)
    return operation is not None and operation.has_lost_rule


def interrupted_operations(*, account_id: str = "") -> list[Operation]:
    """Operations under way whose worker is dead, oldest first."""
    rows = Operation.objects.filter(state__in=UNDER_WAY).filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())
    )
    found = rows.filter(account_id=account_id) if account_id else rows
    return list(found.select_related("actor").prefetch_related("steps").order_by("created_at"))


def orphans(*, account_id: str, regions: Collection[str]) -> list[Operation]:
    """Operations with a secret whose rule does not exist, oldest first."""
    rows = _rows(account_id).filter(region__in=regions, secret_removed_at__isnull=True)
    rows = rows.exclude(secret_name="", made_secret_arn="").exclude(state=OperationState.SUCCEEDED)
    return [each for each in rows.order_by("created_at") if each.has_orphan]


def lost_rules(*, account_id: str, regions: Collection[str]) -> list[Operation]:
    """Failed replacements whose old rule is gone, or may be, oldest first."""
    rows = _rows(account_id).filter(region__in=regions, state=OperationState.FAILED)
    found = rows.filter(replaced_rule__isnull=False).order_by("created_at")
    return [each for each in found if each.has_lost_rule]


def has_unsettled(*, target: Target) -> bool:
    """Whether the Region has something that `services.operations.recovery` should end.

    The usual answer is no, and takes one query: an operation that succeeded needs nothing.
    """
    rows = Operation.objects.filter(account_id=target.account_id, region=target.region)
    if not rows.exclude(state=OperationState.SUCCEEDED).exists():
        return False
    if lost_rules(account_id=target.account_id, regions=[target.region]):
        return True
    interrupted = interrupted_operations(account_id=target.account_id)
    if any(each.region == target.region for each in interrupted):
        return True
    return bool(orphans(account_id=target.account_id, regions=[target.region]))


def _rows(account_id: str) -> QuerySet[Operation]:
    rows = Operation.objects.filter(account_id=account_id)
    return rows.select_related("actor").prefetch_related("steps")
