"""Clean-ups as pages show them: one with its batches, the newest, the unsettled."""

import uuid
from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils import timezone

from wizard.domain import Target
from wizard.domain.errors import CleanUpNotFound
from wizard.models import CleanedState, CleanUp

NEWEST = 50


def get_cleanup(*, cleanup_id: uuid.UUID, target: Target) -> CleanUp:
    """Return a clean-up or preview of this Region; raises CleanUpNotFound."""
    rows = CleanUp.objects.select_related("actor").prefetch_related("batches")
    place = {"account_id": target.account_id, "region": target.region}
    cleanup = rows.filter(pk=cleanup_id, **place).first()
    if cleanup is None:
        raise CleanUpNotFound(str(cleanup_id))
    return cleanup


def newest_cleanups(*, account_id: str, regions: Collection[str]) -> list[CleanUp]:
    """Return the newest clean-ups in these Regions that were confirmed."""
    condition = Q(account_id=account_id, region__in=regions, started_at__isnull=False)
    return list(_with_batches(condition).order_by("-created_at", "pk")[:NEWEST])


def unsettled_cleanups(
    *, account_id: str = "", regions: Collection[str] | None = None
) -> list[CleanUp]:
    """Return the clean-ups whose process died, or with a call whose result is not known."""
    is_left = Q(lease_until__isnull=True, batches__state=CleanedState.RUNNING)
    condition = _is_dead() | is_left
    if account_id:
        condition &= Q(account_id=account_id)
    if regions is not None:
        condition &= Q(region__in=regions)
    return list(_with_batches(condition).order_by("created_at", "pk"))


def dead_cleanups() -> list[CleanUp]:
    """Return the clean-ups whose process died, and which nobody has looked at since."""
    return list(CleanUp.objects.filter(_is_dead()))


def _is_dead() -> Q:
    return Q(lease_until__lt=timezone.now())


def _with_batches(condition: Q) -> "QuerySet[CleanUp]":
    ids = CleanUp.objects.filter(condition).values("pk").distinct()
    rows = CleanUp.objects.filter(pk__in=ids).select_related("actor")
    return rows.prefetch_related("batches")
