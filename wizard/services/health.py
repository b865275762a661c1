"""Health over time: scheduled validations, stale results, and expiry dates of tokens.

A schedule acts for the person who set it, and is off while that person is not an operator there. It
is paused while the Region is not in use.
"""

import logging
import math
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from wizard.domain import Role, Target
from wizard.domain.alerts import STALE_AFTER, WARN_BEFORE
from wizard.models import (
    AuditOutcome,
    BulkValidation,
    CredentialExpiry,
    ValidationResult,
    ValidationSchedule,
)
from wizard.services import access, alerts, places
from wizard.services.audit import record_event
from wizard.services.bulk_validation import RuleSelection, start_bulk_validation

# The possible intervals of a schedule, in hours.
INTERVALS: Final = (6, 24, 168)

# After this time, a schedule is tried again that could not be started.
_RETRY_AFTER: Final = timedelta(hours=1)

Now = Callable[[], datetime]

logger = logging.getLogger(__name__)


def is_stale(result: ValidationResult, now: datetime) -> bool:
    """Whether a result is too old to be relied on."""
    return now - result.validated_at > STALE_AFTER


def is_expiring(expires_on: date, today: date) -> bool:
    """Whether to warn of the expiry; also true after it."""
    return expires_on - today <= WARN_BEFORE


def days_left(expires_on: date, today: date) -> int:
    """Return the days until the expiry; negative after it."""
    return (expires_on - today).days


# --- Schedules ----------------------------------------------------------------------------------


def get_schedule(*, target: Target, ecr_repository_prefix: str = "") -> ValidationSchedule | None:
    """Return the schedule of a rule, or of the Region without a prefix; None while it is off."""
    found = ValidationSchedule.objects.select_related("actor")
    schedule = found.filter(**_of(target, ecr_repository_prefix)).first()
    return schedule if schedule and _is_on(schedule) else None


def list_schedules(*, target: Target) -> list[ValidationSchedule]:
    """Return the schedules of single rules in a Region."""
    # With prefetch_related, schedules of one person share one user object and its cached grants.
    found = ValidationSchedule.objects.prefetch_related("actor")
    of_region = found.filter(account_id=target.account_id, region=target.region)
    return list(filter(_is_on, of_region.exclude(ecr_repository_prefix="")))


def set_schedule(
    *,
    target: Target,
    ecr_repository_prefix: str = "",
    every_hours: int | None,
    actor: User,
    now: Now = timezone.now,
) -> ValidationSchedule | None:
    """Create, change or, with None, delete a schedule.

    The first validation runs after one interval. Results are attributed to the actor.
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
    """Create the bulk validations that are due, each once; return them.

    Missed runs are skipped, and so is a run while the previous one is unfinished. A schedule that
    cannot be started is logged, tried again an hour later, and does not affect the others.
    """
    due = ValidationSchedule.objects.select_related("actor").filter(next_due_at__lte=now())
    started = (_start_or_log(schedule, now()) for schedule in due)
    return [bulk for bulk in started if bulk is not None]


def _start_or_log(schedule: ValidationSchedule, now: datetime) -> BulkValidation | None:
    try:
        return _start(schedule, now)
    except (OperationalError, InterfaceError):
        raise  # the database does not answer, for any of them
    except Exception:  # guard: B3
        logger.exception("The scheduled validation %s cannot be started", schedule)
        _put_off(schedule, now)  # guard: B3
        return None


def _put_off(schedule: ValidationSchedule, now: datetime) -> None:
    """Without this, it would be due again a few seconds later: its date was rolled back."""
    same = ValidationSchedule.objects.filter(pk=schedule.pk, next_due_at=schedule.next_due_at)
    same.update(next_due_at=now + _RETRY_AFTER)


def _is_on(schedule: ValidationSchedule) -> bool:
    """Whether the person who set it is an operator there now."""
    target = Target(account_id=schedule.account_id, region=schedule.region)
    return access.may(user=schedule.actor, role=Role.OPERATOR, target=target)


def _is_in_use(schedule: ValidationSchedule) -> bool:
    in_use = places.regions_in_use(schedule.account_id)
    return schedule.region in {region.code for region in in_use}


def _start(schedule: ValidationSchedule, now: datetime) -> BulkValidation | None:
    every = timedelta(hours=schedule.every_hours)
    missed = math.floor((now - schedule.next_due_at) / every)
    with transaction.atomic():
        # A conditional UPDATE: of two concurrent workers, one advances the date.
        moved = ValidationSchedule.objects.filter(
            pk=schedule.pk, next_due_at=schedule.next_due_at
        ).update(next_due_at=schedule.next_due_at + every * (missed + 1))
        if not moved:  # guard: B3
            return None
        if not _is_on(schedule):  # guard: W9
            return None
        if not _is_in_use(schedule):
            return None
        # Of the same rules, an unfinished run is returned instead of a new one.
        bulk, is_new = start_bulk_validation(
            account_id=schedule.account_id,
            selections=[
                RuleSelection(
                    region=schedule.region,
                    ecr_repository_prefix=schedule.ecr_repository_prefix,
                )
            ],
            actor=schedule.actor,
            schedule=schedule,
        )
    return bulk if is_new else None


# --- Expiry of tokens ---------------------------------------------------------------------------


def get_expiry(*, target: Target, ecr_repository_prefix: str) -> CredentialExpiry | None:
    """Return the noted expiry date of the rule's token, or None."""
    found = CredentialExpiry.objects.select_related("noted_by")
    return found.filter(**_of(target, ecr_repository_prefix)).first()


def list_expiries(*, target: Target) -> list[CredentialExpiry]:
    """Return the noted expiry dates of a Region, earliest first."""
    found = CredentialExpiry.objects.select_related("noted_by")
    return list(found.filter(account_id=target.account_id, region=target.region))


def note_expiry(
    *, target: Target, ecr_repository_prefix: str, expires_on: date | None, actor: User
) -> CredentialExpiry | None:
    """Note the expiry date of the rule's token; None deletes it. A new date is warned of again."""
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
    """Create alerts for tokens that expire soon, one per noted date; return how many."""
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
        alerts.note_expiry(
            target=note.target,
            ecr_repository_prefix=note.ecr_repository_prefix,
            expires_on=note.expires_on,
        )
    return True


# --- Results ------------------------------------------------------------------------------------


def recent_results(
    *, target: Target, ecr_repository_prefix: str, most: int = 20
) -> list[ValidationResult]:
    """Return the last results under a prefix, newest first, also of a rule deleted since."""
    found = ValidationResult.objects.select_related("actor")
    return list(found.filter(**_of(target, ecr_repository_prefix))[:most])


def latest_by_prefix(*, target: Target, prefixes: Iterable[str]) -> dict[str, ValidationResult]:
    """Return the last result of each prefix that has one."""
    found = ValidationResult.objects.select_related("actor").filter(
        account_id=target.account_id, region=target.region, ecr_repository_prefix__in=prefixes
    )
    return {result.ecr_repository_prefix: result for result in found.order_by("validated_at", "pk")}


def _record(action: str, scope: dict[str, Any], name: str, before: Any, after: Any) -> None:
    """Audit a change of the console's own data about a rule, or about a Region without a prefix."""
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
