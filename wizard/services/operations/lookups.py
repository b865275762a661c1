"""Operations as the pages ask for them: by id, by batch, and those that need a person's attention.

Only reads the console's own rows; AWS is not asked.
"""

import uuid
from collections.abc import Callable, Collection
from itertools import count, groupby
from typing import Any, Final

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from wizard.domain import AwsAction, RuleDraft, Target
from wizard.domain.errors import ANSWER_LOST, OperationNotFound, descendants
from wizard.models import UNDER_WAY, Operation, OperationState, OperationStep
from wizard.services.operations.leases import OPEN_AGAIN

# As many of a kind are listed, the oldest. When they are settled, the next ones are.
MOST_LISTED: Final = 500
_CHUNK: Final = 200


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


def operations_of_draft(draft: RuleDraft) -> list[Operation]:
    """The operations of a draft in all Regions, without those it superseded."""
    rows = _rows(draft.target.account_id).filter(draft_id=draft.draft_id)
    return list(rows.filter(superseded_at__isnull=True).order_by("region"))


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


def interrupted_operations(
    *, account_id: str = "", regions: Collection[str] | None = None, most: int | None = None
) -> list[Operation]:
    """Operations under way whose worker is dead, oldest first."""
    rows = Operation.objects.filter(_is_interrupted(), state__in=UNDER_WAY)
    if account_id:
        rows = rows.filter(account_id=account_id)
    if regions is not None:
        rows = rows.filter(region__in=regions)
    found = rows.select_related("actor").prefetch_related("steps").order_by("created_at", "pk")
    return list(found[:most])


def orphans(
    *, account_id: str, regions: Collection[str], most: int = MOST_LISTED
) -> list[Operation]:
    """The oldest operations with a secret whose rule does not exist, oldest first."""
    may_be = Exists(_steps(AwsAction.CREATE_SECRET).filter(_is_unknown())) | ~Q(made_secret_arn="")
    has_ended = Q(state=OperationState.FAILED) | Q(_is_interrupted(), state__in=UNDER_WAY)
    rows = _rows(account_id).filter(
        may_be, has_ended, region__in=regions, secret_removed_at__isnull=True
    )
    return _oldest(rows, lambda each: each.has_orphan, most)


def lost_rules(
    *, account_id: str, regions: Collection[str], most: int = MOST_LISTED
) -> list[Operation]:
    """The oldest failed replacements whose old rule is gone, or may be, oldest first."""
    is_made = Q(state=OperationState.SUCCEEDED)
    rows = _rows(account_id).filter(
        Exists(_steps(AwsAction.DELETE_RULE).filter(is_made | _is_unknown())),
        region__in=regions,
        state=OperationState.FAILED,
        replaced_rule__isnull=False,
    )
    return _oldest(rows, lambda each: each.has_lost_rule, most)


def has_unsettled(*, target: Target) -> bool:
    """Whether the Region has something that `services.operations.recovery` should end.

    The usual answer is no, and takes one query: an operation that succeeded needs nothing.
    """
    rows = Operation.objects.filter(account_id=target.account_id, region=target.region)
    if not rows.exclude(state=OperationState.SUCCEEDED).exists():
        return False
    here: Any = {"account_id": target.account_id, "regions": [target.region], "most": 1}
    return bool(lost_rules(**here) or interrupted_operations(**here) or orphans(**here))


def _oldest(
    rows: QuerySet[Operation], is_wanted: Callable[[Operation], bool], most: int
) -> list[Operation]:
    """Read in chunks until enough are found; the query has excluded nearly all others."""
    ordered, found = rows.order_by("created_at", "pk"), list[Operation]()
    for start in count(0, _CHUNK):
        chunk = list(ordered[start : start + _CHUNK])
        found += filter(is_wanted, chunk)
        if len(found) >= most or len(chunk) < _CHUNK:
            break
    return found[:most]


def _steps(action: AwsAction) -> QuerySet[OperationStep]:
    """The steps of an operation of the outer query."""
    return OperationStep.objects.filter(operation=OuterRef("pk"), action=action)


def _is_unknown() -> Q:
    """As `OperationStep.is_unknown`, and some steps whose change is known not to be made."""
    lost = [kind.__name__ for each in ANSWER_LOST for kind in (each, *descendants(each))]
    return (
        Q(state=OperationState.RUNNING)
        | Q(error_record__was_lost=True)
        | Q(error_record__kind__in=lost)
    )


def _is_interrupted() -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())


def _rows(account_id: str) -> QuerySet[Operation]:
    rows = Operation.objects.filter(account_id=account_id)
    return rows.select_related("actor").prefetch_related("steps")
