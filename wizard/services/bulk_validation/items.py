"""The items of a bulk validation: which are open, and how it ends with the last of them."""

from collections.abc import Collection
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from wizard.domain.errors import AwsError, error_record
from wizard.models import BulkState, BulkValidation, BulkValidationItem, ItemState

OPEN: Final = (ItemState.WAITING, ItemState.RUNNING)

# An item without a prefix stands for listing a Region's rules. It is no rule, so it counts only
# when it fails.
_LISTS: Final = Q(ecr_repository_prefix="") & ~Q(state=ItemState.ERROR)

# Codes of the Regions that a person may see; None for all.
Regions = Collection[str] | None


def within(bulk: BulkValidation, regions: Regions) -> "QuerySet[BulkValidationItem]":
    return bulk.items.all() if regions is None else bulk.items.filter(region__in=regions)


def waiting(bulk: BulkValidation) -> list[BulkValidationItem]:
    return list(bulk.items.select_related("bulk").filter(state=ItemState.WAITING))


def items_of(bulk: BulkValidation, regions: Regions = None) -> "QuerySet[BulkValidationItem]":
    """Every rule, and every Region whose rules could not be listed, by Region and prefix."""
    return within(bulk, regions).exclude(_LISTS).select_related("bulk", "result")


def drop(bulk: BulkValidation, *states: ItemState) -> None:
    """Cancel the items in these states."""
    bulk.items.filter(state__in=states).update(
        state=ItemState.CANCELLED, finished_at=timezone.now()
    )


def fail_open_items(bulk: BulkValidation, error: AwsError) -> None:
    """End all open items with the same error, because none of their calls can be made."""
    fail(bulk.items.filter(state__in=OPEN), error)


def fail(items: "QuerySet[BulkValidationItem]", error: AwsError) -> None:
    """End these items with the same error."""
    items.update(
        state=ItemState.ERROR, error_record=error_record(error), finished_at=timezone.now()
    )


def close(bulk: BulkValidation) -> None:
    """End the bulk validation if no item is open any more."""
    if bulk.items.filter(state__in=OPEN).exists():
        return
    cancelled = bulk.items.filter(state=ItemState.CANCELLED).exists()
    BulkValidation.objects.filter(pk=bulk.pk, finished_at__isnull=True).update(
        state=BulkState.CANCELLED if cancelled else BulkState.DONE,
        finished_at=timezone.now(),
        lease_until=None,
    )
