"""Health over time: validation by schedule, results that have grown old, tokens that will end.

A schedule runs in the name of who set it, and is off while that person may not operate there.
"""

import math
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from wizard.domain.alerts import STALE_AFTER, WARN_BEFORE
from wizard.domain.grants import Role
from wizard.domain.regions import Target
from wizard.models import (
    AuditOutcome,
    BulkValidation,
    CredentialExpiry,
    ValidationResult,
    ValidationSchedule,
)
from wizard.services import access
from wizard.services.alerts import delivery
from wizard.services.audit.writing import record_event
from wizard.services.bulk_validation import Scope, start_bulk_validation

# How often, in hours, a schedule may run.
INTERVALS: Final = (6, 24, 168)

Now = Callable[[], datetime]


def is_stale(result: ValidationResult, now: datetime) -> bool:
    """Whether a result is too old to say how the rule is now."""
    return now - result.validated_at > STALE_AFTER


def is_expiring(expires_on: date, today: date) -> bool:
    """Whether it is time to warn; also true once the day has passed."""
    return expires_on - today <= WARN_BEFORE


def days_left(expires_on: date, today: date) -> int:
    """Days until a token's end; negative once it has ended."""
    return (expires_on - today).days


# --- Schedules ----------------------------------------------------------------------------------


def get_schedule(*, target: Target, ecr_repository_prefix: str = "") -> ValidationSchedule | None:
    """The schedule of a rule, or without a prefix of the whole Region; None while it is off."""
    found = ValidationSchedule.objects.select_related("actor")
    schedule = found.filter(**_of(target, ecr_repository_prefix)).first()
    return schedule if schedule and _is_on(schedule) else None


def list_schedules(*, target: Target) -> list[ValidationSchedule]:
    """The schedules of single rules in a Region."""
    # Prefetched, all schedules of a person share them, and their grants are read once.
    found = ValidationSchedule.objects.prefetch_related("actor")
    of_region = found.filter(account_id=target.account_id, region=target.region)
    return list(filter(_is_on, of_region.exclude(ecr_repository_prefix="")))


def all_schedules() -> list[ValidationSchedule]:
    """Every schedule that was set, whether or not its person may still operate there."""
    return list(ValidationSchedule.objects.all())


def set_schedule(
    *,
    target: Target,
    ecr_repository_prefix: str = "",
    every_hours: int | None,
    actor: User,
    now: Now = timezone.now,
) -> ValidationSchedule | None:
    """Switch a schedule on, change it, or with None switch it off.

    The first run is one interval from now; the results will be the actor's.
    """
    scope = _of(target, ecr_repository_prefix)
    if every_hours is not None and every_hours not in INTERVALS:
        raise ValueError(every_hours)
    with transaction.atomic():
        known = get_schedule(target=target, ecr_repository_prefix=ecr_repository_prefix)
        before = known.every_hours if known else None
        schedule = None
        if every_hours is None:
            ValidationSchedule.objects.filter(**scope).delete()
        else:
            schedule, _ = ValidationSchedule.objects.update_or_create(
                **scope,
                defaults={
                    "every_hours": every_hours,
                    "next_due_at": now() + timedelta(hours=every_hours),
                    "actor": actor,
                },
            )
        if before != every_hours:
            _record("SetValidationSchedule", scope, "every_hours", before, every_hours)
    return schedule


def start_due(*, now: Now = timezone.now) -> list[BulkValidation]:
    """Start the bulk validations that are due, each once; return those to be run.

    Runs that were missed are not made up for, and a run is left out while the last one goes on.
    """
    due = ValidationSchedule.objects.select_related("actor").filter(next_due_at__lte=now())
    started = (_start(schedule, now()) for schedule in due)
    return [bulk for bulk in started if bulk is not None]


def _is_on(schedule: ValidationSchedule) -> bool:
    """Whether who set it may still operate there; it goes on when they may again."""
    target = Target(account_id=schedule.account_id, region=schedule.region)
    return access.may(user=schedule.actor, role=Role.OPERATOR, target=target)


def _start(schedule: ValidationSchedule, now: datetime) -> BulkValidation | None:
    every = timedelta(hours=schedule.every_hours)
    missed = math.floor((now - schedule.next_due_at) / every)
    with transaction.atomic():
        # Of two that look at the same time, one moves the date.
        moved = ValidationSchedule.objects.filter(
            pk=schedule.pk, next_due_at=schedule.next_due_at
        ).update(next_due_at=schedule.next_due_at + every * (missed + 1))
        if not moved or schedule.runs.filter(finished_at__isnull=True).exists():
            return None
        if not _is_on(schedule):  # guard: W9
            return None
        bulk, is_new = start_bulk_validation(
            account_id=schedule.account_id,
            scopes=[
                Scope(
                    region=schedule.region,
                    ecr_repository_prefix=schedule.ecr_repository_prefix,
                )
            ],
            actor=schedule.actor,
            schedule=schedule,
        )
    return bulk if is_new else None


# --- Tokens that end ----------------------------------------------------------------------------


def get_expiry(*, target: Target, ecr_repository_prefix: str) -> CredentialExpiry | None:
    """The day a person noted for the rule's token."""
    found = CredentialExpiry.objects.select_related("noted_by")
    return found.filter(**_of(target, ecr_repository_prefix)).first()


def list_expiries(*, target: Target) -> list[CredentialExpiry]:
    """The noted days of a Region, the next one first."""
    found = CredentialExpiry.objects.select_related("noted_by")
    return list(found.filter(account_id=target.account_id, region=target.region))


def note_expiry(
    *, target: Target, ecr_repository_prefix: str, expires_on: date | None, actor: User
) -> CredentialExpiry | None:
    """Note the day on which the rule's token ends; None forgets it. A new day is warned of anew."""
    scope = _of(target, ecr_repository_prefix)
    with transaction.atomic():
        known = CredentialExpiry.objects.filter(**scope)
        before = known.values_list("expires_on", flat=True).first()
        if before == expires_on:
            return known.first()
        note = None
        if expires_on is None:
            known.delete()
        else:
            note, _ = CredentialExpiry.objects.update_or_create(
                **scope,
                defaults={"expires_on": expires_on, "noted_by": actor, "warned_at": None},
            )
        _record("NoteTokenExpiry", scope, "expires_on", before, expires_on)
    return note


def warn_expiring(*, now: Now = timezone.now) -> int:
    """Write the alerts for tokens that end soon, one for each noted day; return how many."""
    today = timezone.localdate(now())
    near = CredentialExpiry.objects.filter(
        warned_at__isnull=True, expires_on__lte=today + WARN_BEFORE
    )
    return sum(_warn(note, now()) for note in near)


def _warn(note: CredentialExpiry, now: datetime) -> bool:
    with transaction.atomic():
        same = CredentialExpiry.objects.filter(
            pk=note.pk, expires_on=note.expires_on, warned_at__isnull=True
        )
        if not same.update(warned_at=now):
            return False
        delivery.note_expiry(
            target=note.target,
            ecr_repository_prefix=note.ecr_repository_prefix,
            expires_on=note.expires_on,
        )
    return True


# --- What has been found out --------------------------------------------------------------------


def recent_results(
    *, target: Target, ecr_repository_prefix: str, most: int = 20
) -> list[ValidationResult]:
    """The last results under a prefix, newest first, whether or not the rule was made anew."""
    found = ValidationResult.objects.select_related("actor")
    return list(found.filter(**_of(target, ecr_repository_prefix))[:most])


def latest_by_prefix(*, target: Target, prefixes: Iterable[str]) -> dict[str, ValidationResult]:
    """The last result under each prefix that has one."""
    found = ValidationResult.objects.select_related("actor").filter(
        account_id=target.account_id, region=target.region, ecr_repository_prefix__in=prefixes
    )
    return {result.ecr_repository_prefix: result for result in found.order_by("validated_at", "pk")}


def _record(action: str, scope: dict[str, Any], name: str, before: Any, after: Any) -> None:
    """Write down a change of ours to a rule, or without a prefix to a whole Region."""
    record_event(
        action,
        subject=scope["ecr_repository_prefix"],
        outcome=AuditOutcome.SUCCEEDED,
        target=Target(account_id=scope["account_id"], region=scope["region"]),
        before=None if before is None else {name: before},
        after=None if after is None else {name: after},
    )


def _of(target: Target, ecr_repository_prefix: str) -> dict[str, Any]:
    return {
        "account_id": target.account_id,
        "region": target.region,
        "ecr_repository_prefix": ecr_repository_prefix,
    }
