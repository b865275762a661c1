"""Deletions as pages show them: one with its rules, the newest, the unsettled."""

import uuid
from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils import timezone

from wizard.domain.errors import DeletionNotFound
from wizard.models import DeletedRule, DeletedState, Deletion

NEWEST = 50


def find_deletion(*, deletion_id: uuid.UUID, account_id: str) -> Deletion | None:
    """Return a deletion of the account, or None."""
    rows = Deletion.objects.select_related("actor")
    return rows.filter(pk=deletion_id, account_id=account_id).first()


def get_deletion(*, deletion_id: uuid.UUID, account_id: str) -> Deletion:
    """Return a deletion of the account; raises DeletionNotFound."""
    deletion = find_deletion(deletion_id=deletion_id, account_id=account_id)
    if deletion is None:
        raise DeletionNotFound(str(deletion_id))
    return deletion


def rules_of(deletion: Deletion, *, regions: Collection[str]) -> list[DeletedRule]:
    """Return the rules in these Regions; raises DeletionNotFound if there are none."""
    found = list(deletion.rules.filter(region__in=regions))
    if not found:
        raise DeletionNotFound(str(deletion.pk))
    for each in found:
        each.deletion = deletion
    return found


def newest_deletions(*, account_id: str, regions: Collection[str]) -> list[Deletion]:
    """Return the newest deletions with a rule in these Regions, each with all of its rules."""
    condition = Q(account_id=account_id, rules__region__in=regions)
    return list(_with_rules(condition, order="-created_at")[:NEWEST])


def unsettled_deletions(
    *, account_id: str = "", regions: Collection[str] | None = None
) -> list[Deletion]:
    """Return the deletions whose process died, or with a call whose result is not known."""
    is_left = Q(lease_until__isnull=True, rules__state=DeletedState.RUNNING)
    condition = _is_dead() | is_left
    if account_id:
        condition &= Q(account_id=account_id)
    if regions is not None:
        condition &= Q(rules__region__in=regions)
    return list(_with_rules(condition, order="created_at"))


def dead_deletions() -> list[Deletion]:
    """Return the deletions whose process died, and which nobody has looked at since."""
    return list(Deletion.objects.filter(_is_dead()))


def _is_dead() -> Q:
    return Q(lease_until__lt=timezone.now())


def _with_rules(condition: Q, *, order: str) -> "QuerySet[Deletion]":
    ids = Deletion.objects.filter(condition).values("pk").distinct()
    rows = Deletion.objects.filter(pk__in=ids).select_related("actor").prefetch_related("rules")
    return rows.order_by(order, "pk")
