"""Finding bulk validations, and how far they are."""

import uuid
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from wizard.domain.errors import BulkValidationNotFound
from wizard.models import BulkValidation, BulkValidationItem, ItemState
from wizard.services.bulk_validation.items import OPEN, Regions, items_of, within

LATEST: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many rules of a bulk validation have ended, and with what result.

    `unread` Regions still have to be listed, so `total` may grow. `is_held` says whether a worker
    has the lease.
    """

    total: int
    ended: int
    valid: int
    failed: int
    errors: int
    cancelled: int
    unread: int
    is_held: bool


def get_bulk_validation(
    *, bulk_id: uuid.UUID, account_id: str, regions: Regions = None
) -> BulkValidation:
    """Find one of this account, with something in these Regions; raises BulkValidationNotFound."""
    bulk = _of_account(account_id, regions).filter(pk=bulk_id).first()
    if bulk is None:
        raise BulkValidationNotFound(str(bulk_id))
    return bulk


def latest_bulk_validations(*, account_id: str, regions: Regions = None) -> list[BulkValidation]:
    """The last ones of an account, with something in these Regions, newest first."""
    return list(_of_account(account_id, regions)[:LATEST])


def progress_of(bulk: BulkValidation, regions: Regions = None) -> Progress:
    """Count the items in these Regions."""
    counted = within(bulk, regions)
    items = list(counted.values_list("state", "ecr_repository_prefix", "result__is_valid"))
    of_rules = [
        (state, verdict) for state, prefix, verdict in items if prefix or state == ItemState.ERROR
    ]
    states = [state for state, _ in of_rules]
    verdicts = [verdict for state, verdict in of_rules if state == ItemState.DONE]
    return Progress(
        total=len(of_rules),
        ended=sum(state not in OPEN for state in states),
        valid=sum(verdict is True for verdict in verdicts),
        failed=sum(verdict is False for verdict in verdicts),
        errors=states.count(ItemState.ERROR),
        cancelled=states.count(ItemState.CANCELLED),
        unread=sum(state in OPEN and not prefix for state, prefix, _ in items),
        is_held=bulk.lease_until is not None and bulk.lease_until > timezone.now(),
    )


def ended_items(
    bulk: BulkValidation, *, most: int, regions: Regions = None
) -> list[BulkValidationItem]:
    """The rules that ended last, newest first."""
    ended = items_of(bulk, regions).exclude(state__in=OPEN)
    return list(ended.order_by("-finished_at", "-pk")[:most])


def _of_account(account_id: str, regions: Regions) -> "QuerySet[BulkValidation]":
    found = BulkValidation.objects.select_related("actor", "schedule")
    found = found.filter(account_id=account_id)
    if regions is None:
        return found
    items = BulkValidationItem.objects.filter(bulk=OuterRef("pk"), region__in=regions)
    return found.filter(Exists(items))
