"""The rows of sweeps: which accounts have one, which get a task now, and who works on them.

A task is lost with its worker or its queue. Therefore a row says until when its task counts as
queued, and gets another one after that time. A task that comes twice finds the row taken, or not
due any more, and does nothing.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from wizard.domain.errors import error_record
from wizard.domain.sweeps import first_sweep, next_sweep
from wizard.models import Account, Sweep
from wizard.services import held, places
from wizard.services.sweeps.reading import Outcome

# A task that has not begun by then is queued once more.
QUEUED_FOR: Final = timedelta(seconds=45)
# As many tasks are queued beyond those that were done in the last half minute. The others wait in
# their rows, so that a queue is never longer than what its workers do in the next half minute.
_MORE: Final = 20
_LATELY: Final = timedelta(seconds=30)
# So few new accounts are read at once: a person has just added them, and waits for their rules.
_FEW: Final = 40
# A call that was given up ends by its own time limits. Until then, the account is not asked again.
REST: Final = timedelta(seconds=30)


def every() -> timedelta | None:
    """Return the interval of the sweeps, or None while they are off."""
    minutes: int = settings.SWEEP_MINUTES
    return timedelta(minutes=minutes) if minutes else None


def update_rows() -> None:
    """Give each account that the console may work in a row, and no other account."""
    interval = every()
    if interval is None:
        return
    own = places.known_account()
    usable = _usable(own)
    alone = _own_without_row(own)
    is_usable = Exists(usable.filter(pk=OuterRef("account_id")))
    unusable = Sweep.objects.filter(~is_usable).exclude(pk__in=alone)
    if own and unusable.exists():
        unusable.delete()
    has_none = ~Exists(Sweep.objects.filter(pk=OuterRef("account_id")))
    new = set(usable.filter(has_none).values_list("pk", flat=True))
    if alone and not Sweep.objects.filter(pk=own).exists():
        new.add(own)
    if not new:
        return
    now = timezone.now()
    are_few = len(new) <= _FEW
    due_at = {
        each: now if are_few else first_sweep(each, after=now, every=interval) for each in new
    }
    Sweep.objects.bulk_create(
        (Sweep(account_id=each, due_at=due_at[each]) for each in sorted(new)),
        ignore_conflicts=True,
    )


def ring_due() -> list[str]:
    """Return the accounts that get a task now: those that are due, the ordered ones first."""
    now = timezone.now()
    if every() is None or not _to_ring(now).exists():
        return []
    done = Sweep.objects.filter(finished_at__gt=now - _LATELY).count()
    queued = Sweep.objects.filter(queued_until__gt=now).count()
    room = max(0, done + _MORE - queued)
    with transaction.atomic():
        rows = _to_ring(now).order_by(F("ordered_at").asc(nulls_last=True), "due_at")
        found = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:room])
        Sweep.objects.filter(pk__in=found).update(queued_until=now + QUEUED_FOR)
    return found


def take(account_id: str) -> Sweep | None:
    """Take the lease of an account that is due; None if it is not, or another worker has it."""
    now = timezone.now()
    due = _free(now).filter(
        pk=account_id,
        due_at__lte=now,  # guard: B2
    )
    if due.update(begun_at=now, queued_until=None, **held.started()) != 1:
        return None
    return Sweep.objects.filter(pk=account_id).first()


def finish(sweep: Sweep, outcome: Outcome) -> bool:
    """Store what came of a sweep, and end the lease; False if another worker has taken it."""
    now = timezone.now()
    reason = outcome.reason
    failures = sweep.failures + 1 if reason else 0
    due_at = next_sweep(
        sweep.account_id, after=now, every=every() or timedelta(days=1), failures=failures
    )
    ours = Sweep.objects.filter(
        pk=sweep.pk,
        runner=sweep.runner,  # guard: B2
    )
    done = ours.update(
        due_at=due_at,
        ordered_at=None,
        finished_at=now,
        failures=min(failures, _MOST_FAILURES),
        error_record=error_record(reason) if reason else None,
        regions_read=outcome.regions_read,
        failed_regions={code: error_record(each) for code, each in outcome.failed.items()},
        runner="",
        lease_until=None,
    )
    return done == 1


# What the column holds.
_MOST_FAILURES: Final = 32_000


def _usable(own: str) -> "QuerySet[Account]":
    """The accounts with a row that the console may work in."""
    return Account.objects.filter(~Q(role_arn="") | Q(pk=own), is_enabled=True).order_by()


def _own_without_row(own: str) -> list[str]:
    """The account of the console's own credentials, unless it is unknown or has a row."""
    if not own or Account.objects.filter(pk=own).exists():
        return []
    return [own]


def _free(now: datetime) -> "QuerySet[Sweep]":
    return Sweep.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))


def _to_ring(now: datetime) -> "QuerySet[Sweep]":
    is_unqueued = Q(queued_until__isnull=True) | Q(queued_until__lte=now)
    return _free(now).filter(is_unqueued, due_at__lte=now)
