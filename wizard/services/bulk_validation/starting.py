"""Starting and cancelling a bulk validation, which the audit trail records; AWS is not called."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from wizard.domain import Target
from wizard.domain.errors import BulkValidationOfAnotherPerson
from wizard.models import (
    AuditOutcome,
    BulkValidation,
    BulkValidationItem,
    ItemState,
    ValidationSchedule,
)
from wizard.services import access
from wizard.services.audit import record_event
from wizard.services.bulk_validation.items import close, drop
from wizard.services.bulk_validation.leases import take_away


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RuleSelection:
    """What to validate: one rule, or without a prefix every rule of the Region."""

    region: str
    ecr_repository_prefix: str = ""


def start_bulk_validation(
    *,
    account_id: str,
    selections: Collection[RuleSelection],
    actor: User,
    schedule: ValidationSchedule | None = None,
) -> tuple[BulkValidation, bool]:
    """Insert the bulk validation and its items; return it and whether it is new.

    Idempotent: while one with the same selections is unfinished, that one is returned. The caller
    queues the task.
    """
    wanted = sorted(set(selections))
    digest = _digest(wanted)
    try:
        with transaction.atomic():
            bulk = BulkValidation.objects.create(
                account_id=account_id, actor=actor, schedule=schedule, scope_digest=digest
            )
            BulkValidationItem.objects.bulk_create(
                BulkValidationItem(
                    bulk=bulk,
                    region=each.region,
                    ecr_repository_prefix=each.ecr_repository_prefix,
                )
                for each in wanted
            )
            _record_start(bulk, wanted)
    except IntegrityError:
        under_way = BulkValidation.objects.filter(
            account_id=account_id, scope_digest=digest, finished_at__isnull=True
        ).first()
        if under_way is not None:
            return under_way, False
        # It ended between the INSERT and the SELECT.
        return start_bulk_validation(
            account_id=account_id, selections=selections, actor=actor, schedule=schedule
        )
    return bulk, True


def may_cancel(*, bulk: BulkValidation, actor: User) -> bool:
    """Whether the person started it or is an administrator."""
    return bulk.actor_id == actor.pk or access.is_administrator(user=actor)


def cancel_bulk_validation(*, bulk: BulkValidation, actor: User) -> None:
    """Start no further calls; the results of running ones are kept.

    When no worker holds the lease, nothing is running and the bulk validation ends at once. Raises
    BulkValidationOfAnotherPerson. Does nothing to one that has ended.
    """
    if not may_cancel(bulk=bulk, actor=actor):
        raise BulkValidationOfAnotherPerson(str(bulk.pk))
    with transaction.atomic():
        cancelled = BulkValidation.objects.filter(
            pk=bulk.pk, finished_at__isnull=True, cancel_requested_at__isnull=True
        ).update(cancel_requested_at=timezone.now())
        drop(bulk, ItemState.WAITING)
        if take_away(bulk):  # guard: B2
            drop(bulk, ItemState.RUNNING)
        close(bulk)
        if cancelled:
            _record(bulk, "CancelBulkValidation")


def _record_start(bulk: BulkValidation, selections: Sequence[RuleSelection]) -> None:
    facts: dict[str, Any] = {
        "rules": [f"{each.region}/{each.ecr_repository_prefix or '*'}" for each in selections]
    }
    if bulk.schedule:
        # The console starts it; this is the person on whose behalf.
        facts |= {"every_hours": bulk.schedule.every_hours, "set_by": bulk.actor.get_username()}
    regions = {each.region for each in selections}
    region = regions.pop() if len(regions) == 1 else ""
    _record(bulk, "StartBulkValidation", region=region, after=facts)


def _record(
    bulk: BulkValidation, action: str, *, region: str = "", after: dict[str, Any] | None = None
) -> None:
    record_event(
        action,
        subject=str(bulk.pk),
        outcome=AuditOutcome.SUCCEEDED,
        target=Target(account_id=bulk.account_id, region=region),
        after=after,
    )


def _digest(selections: Sequence[RuleSelection]) -> str:
    text = "\n".join(f"{each.region}/{each.ecr_repository_prefix}" for each in selections)
    return hashlib.sha256(text.encode()).hexdigest()
