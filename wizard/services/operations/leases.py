"""The lease on an operation: only one worker at a time changes AWS for it.

A worker (a request or the background process) takes the lease in one conditional UPDATE and gives
it up when the operation ends. `services/lease_keeping.py` renews it meanwhile, and so does every
step. A worker whose lease has run out counts as dead, and another one may take the operation; the
first one notices at its next step and stops.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from wizard.models import UNDER_WAY, Operation, OperationState
from wizard.services.lease_keeping import LEASE
from wizard.services.lease_keeping import kept as kept

# The shortest and the longest pause between two attempts of the background.
SOONEST, LATEST = timedelta(seconds=5), timedelta(seconds=60)
# The background may be busy with other work; it counts as dead this long after the due time.
BACKGROUND_LEASE = timedelta(minutes=5)

# An operation in one of these states can be repeated as it is.
_REPEATABLE = (OperationState.FAILED, OperationState.CLEANED)
# A draft whose operation is in one of these states can be changed and confirmed again.
OPEN_AGAIN = (*_REPEATABLE, OperationState.UNTRIED)


class LeaseLost(Exception):
    """Another worker took the operation, because this one's lease had run out."""


def started() -> dict[str, Any]:
    """The columns of a row whose worker begins now and holds the lease."""
    return {
        "state": OperationState.RUNNING,
        "runner": secrets.token_hex(16),
        "lease_until": timezone.now() + LEASE,
        "next_try_at": None,
        "finished_at": None,
    }


def take(operation: Operation, *, actor: User) -> bool:
    """Take the lease of an operation that failed or was interrupted; False when another has it.

    From now on `actor` is responsible for the operation, in the background as well.
    """
    now = timezone.now()
    is_expired = Q(lease_until__lt=now) | Q(lease_until__isnull=True)
    condition = Q(state__in=_REPEATABLE) | Q(state__in=UNDER_WAY) & is_expired
    return _take(operation, condition, waiting_since=None, actor=actor)  # guard: W9


def take_due(operation: Operation) -> bool:
    """Take the lease of an operation that waits for the background and is due."""
    return _take(operation, Q(state=OperationState.WAITING, next_try_at__lte=timezone.now()))


def is_dead() -> Q:
    """The operations whose worker died, and which nobody has looked at since."""
    return Q(state=OperationState.RUNNING, lease_until__lt=timezone.now())


def take_dead(operation: Operation) -> bool:
    """Take the lease of an operation whose worker died; `waiting_since` is when this began."""
    return _take(operation, is_dead(), waiting_since=Coalesce(F("waiting_since"), timezone.now()))


def leave_to_person(operation: Operation) -> None:
    """Give up an operation that only a person can go on with: it stays interrupted."""
    _note_held(operation, runner="", lease_until=None, waiting_since=None)


def renew(operation: Operation) -> None:
    """Extend the lease. Raises LeaseLost when another worker has taken it.

    Does nothing for an operation whose lease this process does not hold.
    """
    if operation.is_held:
        _note_held(operation, lease_until=timezone.now() + LEASE)


def note(operation: Operation, **columns: Any) -> None:
    """Write columns of the row, whoever holds the lease: for facts about what AWS has made."""
    for name, value in columns.items():
        setattr(operation, name, value)
    operation.save(update_fields=list(columns))


def _note_held(operation: Operation, **columns: Any) -> None:
    """Write columns of the row only while this process holds its lease. Raises LeaseLost."""
    held = Operation.objects.filter(pk=operation.pk, runner=operation.runner)  # guard: F7
    if held.update(**columns) != 1:
        raise LeaseLost(str(operation.pk))
    for name, value in columns.items():
        setattr(operation, name, value)


def finish(operation: Operation, state: OperationState) -> None:
    """End the operation in that state and give up the lease. Raises LeaseLost."""
    _note_held(
        operation,
        state=state,
        finished_at=timezone.now(),
        runner="",
        lease_until=None,
        waiting_since=None,
        next_try_at=None,
    )


def leave_to_background(operation: Operation) -> None:
    """Let the background try again later; the caller queues the task. Raises LeaseLost."""
    now = timezone.now()
    since = operation.waiting_since or now
    # Exponential backoff: each pause is as long as all the time before it.
    next_try_at = now + min(max(now - since, SOONEST), LATEST)
    _note_held(
        operation,
        state=OperationState.WAITING,
        waiting_since=since,
        next_try_at=next_try_at,
        runner="",
        lease_until=next_try_at + BACKGROUND_LEASE,
    )


def hand_over(operation: Operation) -> None:
    """Let the background go on at once; the caller queues the task. Raises LeaseLost."""
    now = timezone.now()
    _note_held(
        operation,
        state=OperationState.WAITING,
        waiting_since=None,
        next_try_at=now,
        runner="",
        lease_until=now + BACKGROUND_LEASE,
    )


def _take(operation: Operation, condition: Q, **columns: Any) -> bool:
    """Take the lease if the row fulfils the condition. One UPDATE decides, so it is race-free."""
    columns |= started()
    is_ours = Operation.objects.filter(condition, pk=operation.pk).update(**columns) == 1
    if is_ours:
        operation.refresh_from_db()
        operation.is_held = True
    return is_ours
