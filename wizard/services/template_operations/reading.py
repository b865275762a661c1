"""Operations on a template over Regions, as pages show them."""

import uuid
from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils import timezone

from wizard.domain.errors import TemplateOperationNotFound
from wizard.models import TemplateChange, TemplateOperation, TemplateState

NEWEST = 50


def find_operation(*, operation_id: uuid.UUID, account_id: str) -> TemplateOperation | None:
    """Return an operation of the account, or None."""
    rows = TemplateOperation.objects.select_related("actor")
    return rows.filter(pk=operation_id, account_id=account_id).first()


def get_operation(*, operation_id: uuid.UUID, account_id: str) -> TemplateOperation:
    """Return an operation of the account; raises TemplateOperationNotFound."""
    operation = find_operation(operation_id=operation_id, account_id=account_id)
    if operation is None:
        raise TemplateOperationNotFound(str(operation_id))
    return operation


def changes_of(operation: TemplateOperation, *, regions: Collection[str]) -> list[TemplateChange]:
    """Return the rows of these Regions; raises TemplateOperationNotFound if there are none."""
    found = list(operation.changes.filter(region__in=regions))
    if not found:
        raise TemplateOperationNotFound(str(operation.pk))
    for each in found:
        each.operation = operation
    return found


def newest_operations(*, account_id: str, regions: Collection[str]) -> list[TemplateOperation]:
    """Return the newest operations with a row in these Regions, each with all of its rows."""
    condition = Q(account_id=account_id, changes__region__in=regions)
    return list(_with_changes(condition, order="-created_at")[:NEWEST])


def unsettled_operations(
    *, account_id: str = "", regions: Collection[str] | None = None
) -> list[TemplateOperation]:
    """Return the operations whose process died, or with a call whose result is not known."""
    is_left = Q(lease_until__isnull=True, changes__state=TemplateState.RUNNING)
    condition = _is_dead() | is_left
    if account_id:
        condition &= Q(account_id=account_id)
    if regions is not None:
        condition &= Q(changes__region__in=regions)
    return list(_with_changes(condition, order="created_at"))


def dead_operations() -> list[TemplateOperation]:
    """Return the operations whose process died, and which nobody has looked at since."""
    return list(TemplateOperation.objects.filter(_is_dead()))


def _is_dead() -> Q:
    return Q(lease_until__lt=timezone.now())


def _with_changes(condition: Q, *, order: str) -> "QuerySet[TemplateOperation]":
    ids = TemplateOperation.objects.filter(condition).values("pk").distinct()
    rows = TemplateOperation.objects.filter(pk__in=ids).select_related("actor")
    return rows.prefetch_related("changes").order_by(order, "pk")
