"""Finding bulk validations, and how far they are."""

import uuid
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from wizard.domain.errors import BulkValidationNotFound
from wizard.models import BulkValidation, BulkValidationItem, ItemState
from wizard.services.bulk_validation.items import OPEN, Regions, items_of, within
from wizard.services.bulk_validation.leases import LEASE

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


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRules:
    """The rules that running bulk validations still have to validate.

    `regions` are those whose rules are not listed yet; then each rule of them is one.
    """

    rules: frozenset[tuple[str, str]] = frozenset()
    regions: frozenset[str] = frozenset()

    def has(self, region: str, ecr_repository_prefix: str) -> bool:
        return region in self.regions or (region, ecr_repository_prefix) in self.rules


def open_rules(*, account_id: str, region: str = "") -> OpenRules:
    """Return the rules that are being validated in an account, or in one Region of it.

    What a worker has abandoned does not count; what was just started does.
    """
    now = timezone.now()
    is_worked_on = Q(bulk__lease_until__gt=now) | Q(bulk__created_at__gt=now - LEASE)
    found = BulkValidationItem.objects.filter(
        is_worked_on, bulk__account_id=account_id, bulk__finished_at=None, state__in=OPEN
    )
    if region:
        found = found.filter(region=region)
    names = list(found.order_by().values_list("region", "ecr_repository_prefix"))
    return OpenRules(
        rules=frozenset(names), regions=frozenset(code for code, prefix in names if not prefix)
    )


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
    # An item without a prefix stands for a list of rules, and counts as one only if it failed.
    of_rules = ~Q(ecr_repository_prefix="") | Q(state=ItemState.ERROR)
    done, is_open = Q(state=ItemState.DONE), Q(state__in=OPEN)
    counts = within(bulk, regions).aggregate(
        total=Count("pk", filter=of_rules),
        ended=Count("pk", filter=of_rules & ~is_open),
        valid=Count("pk", filter=of_rules & done & Q(result__is_valid=True)),
        failed=Count("pk", filter=of_rules & done & Q(result__is_valid=False)),
        errors=Count("pk", filter=Q(state=ItemState.ERROR)),
        cancelled=Count("pk", filter=of_rules & Q(state=ItemState.CANCELLED)),
        unread=Count("pk", filter=is_open & Q(ecr_repository_prefix="")),
    )
    is_held = bulk.lease_until is not None and bulk.lease_until > timezone.now()
    return Progress(**counts, is_held=is_held)


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
