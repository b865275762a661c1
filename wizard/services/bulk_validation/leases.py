"""Who works on a bulk validation: a worker takes a lease, renews it, and claims item by item.

A lease that is not renewed expires. The background worker looks for such bulk validations every few
seconds, and continues with the items that have no result. An item is attempted a bounded number of
times, because it may be what ends the worker.
"""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from wizard.domain import Role
from wizard.domain.errors import ValidationInterrupted
from wizard.models import (
    OPEN_PARTS,
    BulkState,
    BulkValidation,
    BulkValidationItem,
    FleetPart,
    ItemState,
)
from wizard.services import access
from wizard.services.bulk_validation.items import fail

LEASE: Final = timedelta(seconds=30)
# As often as a call to AWS is attempted.
MOST_ATTEMPTS: Final = 3


def take_up(bulk_id: uuid.UUID) -> BulkValidation | None:
    """Take the lease; None if it is held. Items of an interrupted worker wait again, or fail."""
    now = timezone.now()
    runner = secrets.token_hex(16)
    with transaction.atomic():
        taken = (
            _free(now)
            .filter(pk=bulk_id)
            .update(runner=runner, lease_until=now + LEASE, state=BulkState.RUNNING)
        )
        if not taken:
            return None
        bulk = BulkValidation.objects.select_related("actor").get(pk=bulk_id)
        interrupted = bulk.items.filter(state=ItemState.RUNNING)
        fail(interrupted.filter(attempts__gte=MOST_ATTEMPTS), ValidationInterrupted())  # guard: B2
        interrupted.update(state=ItemState.WAITING)
    return bulk


def list_free() -> list[BulkValidation]:
    """Those with open items that no worker holds, oldest first: new ones and abandoned ones.

    The parts of operations over accounts are left out: what works on a part does so.
    """
    has_part = FleetPart.objects.filter(bulk=OuterRef("pk"), state__in=OPEN_PARTS)
    return list(_free(timezone.now()).filter(~Exists(has_part)).order_by("created_at"))


def take_away(bulk: BulkValidation) -> bool:
    """Take the lease from a worker that did not renew it; False if a worker holds it."""
    return _free(timezone.now()).filter(pk=bulk.pk).update(runner="", lease_until=None) == 1


def renew(bulk: BulkValidation) -> bool:
    """Extend the lease; False when another worker has taken it over."""
    ours = BulkValidation.objects.filter(pk=bulk.pk, runner=bulk.runner)
    return ours.update(lease_until=timezone.now() + LEASE) == 1


def claim(bulk: BulkValidation, item: BulkValidationItem) -> bool:
    """Mark an item as running, unless it was cancelled or another worker has the lease.

    The item is cancelled when the person who asked for it has lost the permission for its Region.
    """
    ours = BulkValidationItem.objects.filter(
        pk=item.pk,
        state=ItemState.WAITING,  # guard: B2
        bulk__runner=bulk.runner,
        bulk__cancel_requested_at__isnull=True,
    )
    if not _may_operate(item):  # guard: W9
        ours.update(state=ItemState.CANCELLED, finished_at=timezone.now())
        return False
    return ours.update(state=ItemState.RUNNING, attempts=F("attempts") + 1) == 1


def _free(now: datetime) -> "QuerySet[BulkValidation]":
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    return BulkValidation.objects.filter(is_free, finished_at__isnull=True)


def _may_operate(item: BulkValidationItem) -> bool:
    """Whether the person still has the permission; read for each item, as a run may take hours."""
    actor = User.objects.get(pk=item.bulk.actor_id)
    return access.may(user=actor, role=Role.OPERATOR, target=item.target)
