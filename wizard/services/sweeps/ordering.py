"""Sweeps that people look at and order: those of the accounts that their permissions allow."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from wizard.domain import Role, Target
from wizard.domain.errors import AwsError, NotPermitted, recorded_error
from wizard.models import AuditOutcome, Sweep
from wizard.services import access
from wizard.services.audit import record_event
from wizard.services.sweeps.rows import REST, every

# As many accounts are named in the audit trail; of more, it has the number.
_NAMED: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the sweeps of the accounts that a person may look into are.

    `oldest` is the last sweep of the account that was read longest ago, and `reasons` are errors of
    each kind with the number of accounts that failed for it.
    """

    accounts: int
    never: int
    running: int
    due: int
    ordered: int
    oldest: datetime | None
    reasons: tuple[tuple[AwsError, int], ...]


def are_on() -> bool:
    """Whether accounts are read again in the background."""
    return every() is not None


def visible_sweeps(*, user: User) -> "QuerySet[Sweep]":
    """Return the sweeps of the accounts that the person may look into."""
    return Sweep.objects.filter(access.visible_accounts(user=user))


def progress(*, user: User) -> Progress:
    """Return how far the sweeps are, with two queries."""
    now = timezone.now()
    rows = visible_sweeps(user=user).order_by()
    is_running = Q(lease_until__gt=now)
    counts = rows.aggregate(
        accounts=Count("pk"),
        never=Count("pk", filter=Q(finished_at=None)),
        running=Count("pk", filter=is_running),
        due=Count("pk", filter=Q(due_at__lte=now) & ~is_running),
        ordered=Count("ordered_at"),
        oldest=Min("finished_at"),
    )
    failed = rows.filter(failures__gt=0).annotate(kind=KeyTextTransform("kind", "error_record"))
    reasons = failed.values_list("kind").annotate(number=Count("pk")).order_by("-number", "kind")
    errors = tuple((recorded_error({"kind": kind}), number) for kind, number in reasons)
    return Progress(**counts, reasons=errors)


def of_kind(rows: "QuerySet[Sweep]", kind: str) -> "QuerySet[Sweep]":
    """Return the sweeps that failed with this kind of error."""
    return rows.filter(failures__gt=0, error_record__kind=kind)


def operable(*, user: User) -> set[str] | None:
    """Return the accounts whose sweep the person may order; None for all of them."""
    operated = access.accounts_with(user=user, role=Role.OPERATOR)
    return None if "" in operated else operated


def order_sweeps(*, user: User, account_ids: Collection[str] | None = None) -> int:
    """Let accounts be read now, without one all that the person may; return their number.

    Those that are read or due at this moment are left alone. An account that was just read is read
    again after a short rest. Raises NotPermitted for an account without the role.
    """
    allowed = operable(user=user)
    rows = Sweep.objects.order_by()
    if account_ids is not None:
        if allowed is not None and not allowed.issuperset(account_ids):  # guard: Z1
            raise NotPermitted(Role.OPERATOR, "sweep")
        rows = rows.filter(pk__in=account_ids)
    elif allowed is not None:
        rows = rows.filter(pk__in=allowed)
    now = timezone.now()
    with transaction.atomic():
        ordered = sorted(rows.filter(ordered_at=None).values_list("pk", flat=True))
        _order(ordered, now)
        if ordered:
            _note(ordered)
    return len(ordered)


def read_soon(*, account_id: str) -> None:
    """Let an account be read whose rules were just changed; does nothing while sweeps are off.

    Otherwise the lists of all accounts would show the change only after its next sweep.
    """
    if are_on():
        _order([account_id], timezone.now())


def _order(account_ids: Collection[str], now: datetime) -> None:
    new = Sweep.objects.filter(pk__in=account_ids, ordered_at=None)
    just = new.filter(finished_at__gt=now - REST)
    just.update(ordered_at=now, due_at=F("finished_at") + REST)
    new.filter(ordered_at=None).update(ordered_at=now, due_at=now, queued_until=None)


def _note(ordered: list[str]) -> None:
    alone = ordered[0] if len(ordered) == 1 else ""
    record_event(
        "SweepAccounts",
        subject=alone or str(len(ordered)),
        outcome=AuditOutcome.SUCCEEDED,
        target=Target(account_id=alone, region="") if alone else None,
        after={"number": len(ordered), "accounts": ordered[:_NAMED]},
    )
