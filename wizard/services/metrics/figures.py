"""Figures of the database at this moment, for metrics: one query each.

The labels have few values: queues, states, and the accounts and Regions of known rules. None is a
prefix, a person or a text of AWS.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Case, Count, F, Max, Min, Q, When
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from wizard.models import (
    UNDER_WAY,
    BulkState,
    BulkValidation,
    Operation,
    OperationState,
    RegionReading,
    Sweep,
)
from wizard.services import broker, cleanups, deletions, rotations, template_operations, workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A name, what it means, and a value for each combination of labels."""

    name: str
    text: str
    labels: tuple[str, ...] = ()
    values: Mapping[tuple[str, ...], float]


def read_figures() -> list[Figure]:
    """Read all figures; raises an error of the database when it does not answer."""
    now = timezone.now()
    return [
        *(*_of_queues(now), *_of_operations(now), _of_rules(), _of_validations(now)),
        *(*_of_sweeps(now), _of_workers(now)),
    ]


def _of_queues(now: datetime) -> list[Figure]:
    """The tasks that are due; one that is to run later is no work that waits.

    A broker does not tell how old its messages are.
    """
    if settings.USES_CELERY:
        return [_of_queue_lengths(broker.waiting_messages() or {})]
    # A task without a time of its own has the last date that there is.
    due_at = Case(When(run_after=get_date_max(), then=F("enqueued_at")), default=F("run_after"))
    ready = DBTaskResult.objects.ready().order_by().values("queue_name")
    rows = ready.annotate(number=Count("pk"), oldest=Min(due_at))
    found = {row["queue_name"]: row for row in rows}
    names = settings.TASKS["default"]["QUEUES"]
    return [
        _of_queue_lengths({name: found[name]["number"] if name in found else 0 for name in names}),
        Figure(
            name="ptcconsole_queue_oldest_task_age_seconds",
            text="For how long the oldest of these tasks has been due; 0 without one.",
            labels=("queue",),
            values={
                (name,): _age(found[name]["oldest"], now) if name in found else 0 for name in names
            },
        ),
    ]


def _of_queue_lengths(lengths: Mapping[str, int]) -> Figure:
    return Figure(
        name="ptcconsole_queue_tasks",
        text="Tasks of the background worker that are due and not begun.",
        labels=("queue",),
        values={(name,): number for name, number in lengths.items()},
    )


def _of_operations(now: datetime) -> list[Figure]:
    is_left = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    rows = (
        Operation.objects.order_by()
        .values("state")
        .annotate(number=Count("pk"), left=Count("pk", filter=is_left))
    )
    found = {row["state"]: row for row in rows}
    return [
        Figure(
            name="ptcconsole_operations",
            text="Operations (a confirmed rule in one Region) by state, also those that ended.",
            labels=("state",),
            values={
                (state.value,): found[state]["number"] if state in found else 0
                for state in OperationState
            },
        ),
        Figure(
            name="ptcconsole_interrupted_changes",
            text="What a stopped process left behind and a person has to end: page Operations.",
            labels=("kind",),
            values={
                ("operation",): sum(found[state]["left"] for state in UNDER_WAY if state in found),
                ("rotation",): len(rotations.unsettled_rotations()),
                ("deletion",): len(deletions.unsettled_deletions()),
                ("clean-up",): len(cleanups.unsettled_cleanups()),
                ("template",): len(template_operations.unsettled_operations()),
            },
        ),
    ]


def _of_rules() -> Figure:
    """The numbers that are kept for each Region; the results themselves may be a million."""
    rows = RegionReading.objects.exclude(valid=0, failed=0, not_validated=0).order_by()
    return Figure(
        name="ptcconsole_rules_failing",
        text="Known rules whose last validation failed.",
        labels=("account", "region"),
        values={
            (account_id, region): failed
            for account_id, region, failed in rows.values_list("account_id", "region", "failed")
        },
    )


def _of_validations(now: datetime) -> Figure:
    done = BulkValidation.objects.filter(state=BulkState.DONE).order_by().values("account_id")
    rows = done.annotate(last=Max("finished_at"))
    return Figure(
        name="ptcconsole_last_bulk_validation_age_seconds",
        text="How long ago the last bulk validation of the account finished.",
        labels=("account",),
        values={(row["account_id"],): _age(row["last"], now) for row in rows},
    )


def _of_sweeps(now: datetime) -> list[Figure]:
    counts = Sweep.objects.order_by().aggregate(
        due=Count("pk", filter=Q(due_at__lte=now)),
        failed=Count("pk", filter=Q(failures__gt=0)),
        oldest=Min("finished_at"),
    )
    return [
        Figure(
            name="ptcconsole_sweeps_due",
            text="Accounts whose rules are due to be read again.",
            values={(): counts["due"]},
        ),
        Figure(
            name="ptcconsole_sweeps_failed",
            text="Accounts whose last sweep failed, or was throttled.",
            values={(): counts["failed"]},
        ),
        Figure(
            name="ptcconsole_oldest_sweep_age_seconds",
            text="How long ago the account was read that was read longest ago; 0 before the first.",
            values={(): _age(counts["oldest"], now) if counts["oldest"] else 0},
        ),
    ]


def _of_workers(now: datetime) -> Figure:
    return Figure(
        name="ptcconsole_worker_last_seen_seconds",
        text="How long ago a background worker was last seen alive; infinite if none was.",
        values={(): _age(workers.last_seen(), now)},
    )


def _age(moment: datetime | None, now: datetime) -> float:
    if moment is None:
        return math.inf
    return max(0.0, (now - moment).total_seconds())
