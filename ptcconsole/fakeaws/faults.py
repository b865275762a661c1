"""Fault injection: which calls fail, how, and how often.

This module selects the fault of a call and unblocks held calls. `hooks` receives the orders,
`front_door` and `tampering` execute the faults.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ptcconsole.fakeaws.calls import AwsCall
from ptcconsole.fakeaws.odd_answers import FORMS


class FaultKind(StrEnum):
    """The kinds of faults."""

    REFUSE = "refuse"
    THROTTLE = "throttle"
    LIMIT_RATE = "limit-rate"
    EXPIRE = "expire"
    FAIL = "fail"
    UNREACHABLE = "unreachable"
    LOSE_ANSWER = "lose-answer"
    HOLD = "hold"
    SLOW = "slow"
    MALFORM_ANSWER = "malform-answer"
    CUT_ANSWER = "cut-answer"
    GARBLE_ANSWER = "garble-answer"
    ANSWER_ODDLY = "answer-oddly"
    UNKNOWN_REGISTRY = "unknown-registry"
    ENDLESS_PAGES = "endless-pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault and the calls that it applies to; a filter of None matches every call.

    `code`, `message` and `status` replace the service's own for `fail` and throttling. For
    `garble-answer` and `unknown-registry`, `message` is the inserted text. For `answer-oddly`, it
    is the name of the form, and `is_executed` says whether AWS got the call. `seconds` is the delay
    of a slow answer.
    `share` (0 to 1) of the calls are affected; the same `seed` selects the same calls in order of
    arrival. `limit-rate` affects calls of an operation in a Region beyond a `burst`, which refills
    with `per_second`.
    """

    kind: FaultKind
    service: str | None = None
    operation: str | None = None
    region: str | None = None
    access_key: str | None = None
    times: int | None = None
    code: str | None = None
    message: str | None = None
    status: int | None = None
    seconds: float = 0
    share: float = 1
    seed: int = 0
    burst: int = 0
    per_second: float = 0
    is_executed: bool = True

    @classmethod
    def from_dict(cls, order: dict[str, Any]) -> "Fault":
        """Parse an order. Raises ValueError for an unknown kind, TypeError for a field."""
        fault = cls(**{**order, "kind": FaultKind(order.get("kind", ""))})
        if not 0 <= fault.share <= 1:
            raise ValueError("A share is between 0 and 1")
        if fault.kind is FaultKind.ANSWER_ODDLY and fault.message not in FORMS:
            raise ValueError(f"No odd answer is called {fault.message}")
        return fault

    def is_for(self, call: AwsCall) -> bool:
        """Whether all filters match."""
        wanted = (self.service, self.operation, self.region, self.access_key)
        actual = (call.service, call.operation, call.region, call.access_key)
        return all(one in (None, other) for one, other in zip(wanted, actual, strict=True))


@dataclass(slots=True)
class _Order:
    fault: Fault
    left: int | None
    draw: random.Random
    released: threading.Event = field(default_factory=threading.Event)

    # Tokens and the time of the last call, by operation and Region.
    budgets: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def takes(self, call: AwsCall) -> bool:
        """Whether the fault applies to this call; draws a random number for each match."""
        if self.left == 0 or not self.fault.is_for(call):
            return False
        if self.fault.kind is FaultKind.LIMIT_RATE:
            return not self._is_within_budget(call)
        return self.draw.random() < self.fault.share

    def _is_within_budget(self, call: AwsCall) -> bool:
        key, now = (call.operation, call.region), time.monotonic()
        tokens, before = self.budgets.get(key, (float(self.fault.burst), now))
        refilled = tokens + (now - before) * self.fault.per_second
        tokens = min(float(self.fault.burst), refilled)
        self.budgets[key] = (max(tokens - 1, 0) if tokens >= 1 else tokens, now)
        return tokens >= 1


class FaultBoard:
    """The ordered faults; the most recent match applies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[_Order] = []

    def order(self, fault: Fault) -> None:
        """Add a fault, from the next call on."""
        with self._lock:
            draw = random.Random(fault.seed)  # noqa: S311 - reproducible, not secret
            self._orders.insert(0, _Order(fault, fault.times, draw))

    def take(self, call: AwsCall) -> Fault | None:
        """Return the fault of this call and count it as used. Blocks while the call is held."""
        while True:
            order = self._next_for(call)
            if order is None or order.fault.kind is not FaultKind.HOLD:
                return order.fault if order else None
            order.released.wait()

    @contextmanager
    def consulted(self) -> Iterator[None]:
        """Answer `is_refused` from this board inside the block."""
        token = _consulted.set(self)
        try:
            yield
        finally:
            _consulted.reset(token)

    def refuses(self, call: AwsCall) -> bool:
        """Whether access to this call is denied by an order, which is not counted as used."""
        with self._lock:
            orders = [order for order in self._orders if order.left != 0]
        return any(
            order.fault.kind is FaultKind.REFUSE and order.fault.is_for(call) for order in orders
        )

    def release(self, region: str | None = None) -> None:
        """Unblock held calls and hold no more; with a Region, only what was held of it alone."""
        with self._lock:
            held = [
                order
                for order in self._orders
                if order.fault.kind is FaultKind.HOLD and region in (None, order.fault.region)
            ]
            self._orders = [order for order in self._orders if order not in held]
        self._let_go(held)

    def clear(self) -> None:
        """Remove all faults and unblock held calls."""
        with self._lock:
            orders, self._orders = self._orders, []
        self._let_go(orders)

    def _next_for(self, call: AwsCall) -> _Order | None:
        with self._lock:
            for order in self._orders:
                if order.takes(call):
                    order.left = order.left - 1 if order.left else None
                    return order
        return None

    @staticmethod
    def _let_go(orders: list[_Order]) -> None:
        for order in orders:
            order.released.set()


_consulted: ContextVar[FaultBoard | None] = ContextVar("consulted", default=None)


def is_refused(call: AwsCall) -> bool:
    """Whether the server that answers the current call is ordered to deny access to `call`."""
    board = _consulted.get()
    return board is not None and board.refuses(call)
