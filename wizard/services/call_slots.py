"""The bound of the calls that background work makes at once, over all machines.

AWS limits the calls of an account in a Region. Background work makes at most LIMIT of them at once,
however many workers there are: one belongs to the sweep, of which an account has one at a time, and
the bulk validations of the account share the others. A slot is a row while it is held, for a
stretch of calls. A holder that dies loses its slots when they are not renewed. A person's own
request is not bound, and takes no slot: nobody waits for background work.

A bulk validation that waits has a row without a number, so that those with more slots than their
fair share give some back.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from wizard.models import CallSlot
from wizard.services.bounded import Demand
from wizard.services.lease_keeping import LEASE

LIMIT: Final = 4
# How often a holder looks whether others wait, or slots are free.
LOOK_SECONDS: Final = 1.0
_RENEW_SECONDS: Final = 8.0
# If there are more holders than slots, one gives its slot back after this time.
STRETCH: Final = timedelta(seconds=10)


def _most_slots() -> int:
    """Return how many calls the bulk validations of an account may make at once in a Region."""
    return LIMIT - 1 if settings.SWEEP_MINUTES else LIMIT


@contextmanager
def shared_slots(*, account_id: str, holder: str) -> Iterator["SharedSlots"]:
    """The slots of one bulk validation; they are given back at the end of the block."""
    slots = SharedSlots(account_id=account_id, holder=holder)
    try:
        yield slots
    finally:
        # What cannot be given back is lost to others until its lease has expired.
        with suppress(DatabaseError, InterfaceError):
            CallSlot.objects.filter(account_id=account_id, holder=holder).delete()


@dataclass(kw_only=True)
class SharedSlots:
    """The slots that one holder has in the Regions of an account."""

    account_id: str
    holder: str
    _room: Mapping[str, int] = field(default_factory=dict)
    _looked_at: float = float("-inf")
    _renewed_at: float = float("-inf")

    def room(self, place: str) -> int:
        """Return how many calls may run at once in the Region."""
        return self._room.get(place, 0)

    def adjust(self, demands: Mapping[str, Demand]) -> None:
        """Take the slots that are needed and free, and give back what others are to have."""
        now = time.monotonic()
        is_new = any(each.waiting and place not in self._room for place, each in demands.items())
        if now - self._looked_at < LOOK_SECONDS and not is_new:
            return
        self._looked_at = now
        if now - self._renewed_at >= _RENEW_SECONDS:
            self._renewed_at = now
            self._own().update(until=timezone.now() + LEASE)
        _forget_dead(self.account_id)
        plan = _Plan(holder=self.holder, rows=_rows(self.account_id))
        for place in sorted({*demands, *self._room}):
            plan.add(place, demands.get(place, Demand()))
        if plan.given_back:
            self._own().filter(pk__in=plan.given_back).delete()
        if plan.wanted:
            until = timezone.now() + LEASE
            CallSlot.objects.bulk_create(
                (
                    CallSlot(
                        account_id=self.account_id,
                        region=region,
                        number=number,
                        holder=self.holder,
                        until=until,
                    )
                    for region, number in plan.wanted
                ),
                # Another process may have taken it meanwhile.
                ignore_conflicts=True,
            )
        held = self._own().filter(number__isnull=False).values_list("region", flat=True)
        have = Counter(held)
        self._room = {place: min(have[place], plan.most[place]) for place in plan.most}

    def _own(self) -> "QuerySet[CallSlot]":
        return CallSlot.objects.filter(account_id=self.account_id, holder=self.holder)


@dataclass(kw_only=True)
class _Plan:
    """Which rows a holder gives back, and which it tries to insert, Region by Region."""

    holder: str
    rows: Mapping[str, list[CallSlot]]
    given_back: list[int] = field(default_factory=list)
    wanted: list[tuple[str, int | None]] = field(default_factory=list)
    most: dict[str, int] = field(default_factory=dict)

    def add(self, region: str, demand: Demand) -> None:
        rows = self.rows.get(region, [])
        own = [row for row in rows if row.holder == self.holder]
        slots = [row for row in own if row.number is not None]
        waiting = [row for row in own if row.number is None]
        need = min(demand.waiting + demand.running, self._share(rows, slots))
        self.most[region] = need
        # A slot whose call is under way is given back when that has ended.
        surplus = len(slots) - max(need, demand.running)
        if surplus > 0:
            self.given_back += [row.pk for row in slots[:surplus]]
        missing = need - len(slots)
        taken = {row.number for row in rows}
        free = [number for number in range(_most_slots()) if number not in taken]
        self.wanted += [(region, number) for number in free[: max(0, missing)]]
        still_waits = demand.waiting and not slots and not free
        if still_waits and not waiting:
            self.wanted.append((region, None))
        if not still_waits:
            self.given_back += [row.pk for row in waiting]

    def _share(self, rows: list[CallSlot], slots: list[CallSlot]) -> int:
        """Return the fair share of a Region's slots; none if it is somebody else's turn."""
        holders = {row.holder for row in rows} | {self.holder}
        if len(holders) > _most_slots() and any(row.number is None for row in rows):
            began = timezone.now() - STRETCH
            if any(row.taken_at < began for row in slots):
                return 0
        return max(1, _most_slots() // len(holders))


def _rows(account_id: str) -> dict[str, list[CallSlot]]:
    found: dict[str, list[CallSlot]] = {}
    for row in CallSlot.objects.filter(account_id=account_id).order_by("taken_at", "pk"):
        found.setdefault(row.region, []).append(row)
    return found


def _forget_dead(account_id: str) -> None:
    """Delete the rows of holders that died; a row that somebody changes just now stays."""
    dead = CallSlot.objects.filter(account_id=account_id, until__lt=timezone.now())
    if not dead.exists():
        return
    with transaction.atomic():
        found = list(dead.select_for_update(skip_locked=True).values_list("pk", flat=True))
        CallSlot.objects.filter(pk__in=found).delete()
