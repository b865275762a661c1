"""Who works on a bulk validation: a worker takes a lease, renews it, and claims item by item.

A lease that is not renewed expires. The next worker then continues with the items without a result.
"""

import secrets
import uuid
from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from wizard.domain import Role
from wizard.models import BulkState, BulkValidation, BulkValidationItem, ItemState
from wizard.services import access

LEASE: Final = timedelta(seconds=30)


def take_up(bulk_id: uuid.UUID) -> BulkValidation | None:
    """Take the lease; None if it is held. Items of an interrupted worker are waiting again."""
    now = timezone.now()
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    runner = secrets.token_hex(16)
    with transaction.atomic():
        taken = BulkValidation.objects.filter(is_free, pk=bulk_id, finished_at__isnull=True).update(
            runner=runner, lease_until=now + LEASE, state=BulkState.RUNNING
        )
        if not taken:
            return None
        bulk = BulkValidation.objects.select_related("actor").get(pk=bulk_id)
        bulk.items.filter(state=ItemState.RUNNING).update(state=ItemState.WAITING)
    return bulk


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
        state=ItemState.WAITING,
        bulk__runner=bulk.runner,
        bulk__cancel_requested_at__isnull=True,
    )
    if not _may_operate(item):  # guard: W9
        ours.update(state=ItemState.CANCELLED, finished_at=timezone.now())
        return False
    return ours.update(state=ItemState.RUNNING) == 1


def _may_operate(item: BulkValidationItem) -> bool:
    """Whether the person still has the permission; read for each item, as a run may take hours."""
    actor = User.objects.get(pk=item.bulk.actor_id)
    return access.may(user=actor, role=Role.OPERATOR, target=item.target)
