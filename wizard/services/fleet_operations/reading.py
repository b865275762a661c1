"""Operations over accounts, as pages show them: a person sees the parts of their own places."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Count, Exists, Min, OuterRef, Q

from wizard.domain import Role, Target
from wizard.domain.errors import FleetOperationNotFound
from wizard.models import (
    BulkValidationItem,
    FleetOperation,
    FleetPart,
    ItemState,
    PartState,
)
from wizard.services import access

LATEST: Final = 50
# Failures first, then what is still open.
_URGENCY: Final = (
    PartState.FAILED,
    PartState.RUNNING,
    PartState.WAITING,
    PartState.CANCELLED,
    PartState.DONE,
)


_HAS_FAILED: Final = Q(state=ItemState.ERROR) | Q(state=ItemState.DONE, result__is_valid=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationParts:
    """The parts of an operation that a person may look at, the failures first."""

    parts: Sequence[FleetPart]

    def number(self, state: PartState) -> int:
        return sum(each.state == state for each in self.parts)

    @property
    def ended(self) -> int:
        return sum(not each.is_open for each in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetProgress:
    """How much of a part is done: rules, or Regions in which a rule is created."""

    total: int
    succeeded: int
    failed: int


def get_operation(*, operation_id: uuid.UUID) -> FleetOperation:
    """Return an operation; raises FleetOperationNotFound."""
    operation = FleetOperation.objects.select_related("actor").filter(pk=operation_id).first()
    if operation is None:
        raise FleetOperationNotFound(str(operation_id))
    return operation


def is_started(*, operation_id: uuid.UUID) -> bool:
    """Whether there is an operation with this ID, which came from a form."""
    return FleetOperation.objects.filter(pk=operation_id).exists()


def parts_of(operation: FleetOperation, *, user: User) -> OperationParts:
    """Return the parts in accounts and Regions of the person; raises FleetOperationNotFound.

    A part is shown if the person may look at each of its Regions, because its numbers are those of
    all of them.
    """
    rows = operation.parts.filter(access.visible_accounts(user=user)).defer("rules")
    found = [each for each in rows if _may_see(each, user)]
    if not found:
        raise FleetOperationNotFound(str(operation.pk))
    for each in found:
        each.operation = operation
    found.sort(key=lambda each: (_URGENCY.index(PartState(each.state)), each.number))
    return OperationParts(parts=found)


def latest_operations(*, user: User) -> list[FleetOperation]:
    """Return the latest operations with a part in an account of the person, newest first."""
    own = FleetPart.objects.filter(access.visible_accounts(user=user))
    rows = FleetOperation.objects.select_related("actor")
    found = list(rows.filter(Exists(own.filter(operation=OuterRef("pk"))))[:LATEST])
    parts = own.filter(operation__in=found).only("operation_id", "account_id", "regions")
    seen = {each.operation_id for each in parts.order_by() if _may_see(each, user)}
    return [each for each in found if each.pk in seen]


def progress_of_parts(parts: Collection[FleetPart]) -> Mapping[uuid.UUID, FleetProgress]:
    """Return how far the parts are, with one query for those that are under way."""
    running = [each.bulk_id for each in parts if each.is_open and each.bulk_id]
    counted = _counted(running) if running else {}
    found = {}
    for each in parts:
        ended = FleetProgress(total=each.total, succeeded=each.succeeded, failed=each.failed)
        found[each.pk] = counted.get(each.bulk_id, ended) if each.is_open else ended
    return found


def first_failures(parts: Collection[FleetPart]) -> Mapping[uuid.UUID, BulkValidationItem]:
    """Return one of the failures of each part that has any, by the ID of its bulk validation."""
    bulk_ids = [each.bulk_id for each in parts if each.bulk_id and not each.is_open and each.failed]
    if not bulk_ids:
        return {}
    failed = BulkValidationItem.objects.filter(_HAS_FAILED, bulk__in=bulk_ids).order_by()
    first = failed.values("bulk").annotate(first=Min("pk")).values("first")
    found = BulkValidationItem.objects.filter(pk__in=first).select_related("result")
    return {each.bulk_id: each for each in found}


def _counted(
    bulk_ids: Collection[uuid.UUID],
) -> dict[uuid.UUID | None, FleetProgress]:
    done = Q(state=ItemState.DONE)
    rows = (
        BulkValidationItem.objects.filter(bulk__in=bulk_ids)
        .order_by()
        .values_list("bulk")
        .annotate(
            Count("pk"),
            Count("pk", filter=done & Q(result__is_valid=True)),
            Count("pk", filter=_HAS_FAILED),
        )
    )
    return {
        bulk_id: FleetProgress(total=total, succeeded=succeeded, failed=failed)
        for bulk_id, total, succeeded, failed in rows
    }


def _may_see(part: FleetPart, user: User) -> bool:
    return all(
        access.may(
            user=user,
            role=Role.VIEWER,
            target=Target(account_id=part.account_id, region=region),
        )
        for region in part.regions
    )
