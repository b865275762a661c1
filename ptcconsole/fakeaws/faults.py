"""Faults on order: which calls go wrong, how, and how many times.

Answers for choosing the fault of a call and for letting go of the calls that are held. Refuses to
know how a fault is answered (`front_door`, `tampering`) and how it is ordered (`hooks`).
"""

import random
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ptcconsole.fakeaws.calls import AwsCall


class FaultKind(StrEnum):
    """What goes wrong."""

    REFUSE = "refuse"
    THROTTLE = "throttle"
    EXPIRE = "expire"
    FAIL = "fail"
    UNREACHABLE = "unreachable"
    LOSE_ANSWER = "lose-answer"
    HOLD = "hold"
    SLOW = "slow"
    MALFORM_ANSWER = "malform-answer"
    CUT_ANSWER = "cut-answer"
    GARBLE_ANSWER = "garble-answer"
    UNKNOWN_REGISTRY = "unknown-registry"
    ENDLESS_PAGES = "endless-pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault and the calls it is meant for: a filter that is None matches every call.

    `code`, `message` and `status` say what `fail` answers instead of the service's own 500; for
    `garble-answer` and `unknown-registry` the message is what stands in the answer.
    `seconds` is how late a slow answer is. `share` (0 to 1) of the calls meet it, drawn by `seed`:
    the same seed draws the same calls, in the order of their arrival.
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

    @classmethod
    def from_dict(cls, order: dict[str, Any]) -> "Fault":
        """As ordered over HTTP. Raises ValueError for an unknown kind, TypeError for a field."""
        fault = cls(**{**order, "kind": FaultKind(order.get("kind", ""))})
        if not 0 <= fault.share <= 1:
            raise ValueError("A share is between 0 and 1")
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

    def takes(self, call: AwsCall) -> bool:
        """Whether this call meets the fault. Draws a lot for each call that could."""
        if self.left == 0 or not self.fault.is_for(call):
            return False
        return self.draw.random() < self.fault.share


class FaultBoard:
    """The faults on order; the one ordered last is asked first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[_Order] = []

    def order(self, fault: Fault) -> None:
        """From the next call on."""
        with self._lock:
            draw = random.Random(fault.seed)  # noqa: S311 - to be repeated, not to be secret
            self._orders.insert(0, _Order(fault, fault.times, draw))

    def take(self, call: AwsCall) -> Fault | None:
        """The fault of this call, used up by one. Waits while the call is held."""
        while True:
            order = self._next_for(call)
            if order is None or order.fault.kind is not FaultKind.HOLD:
                return order.fault if order else None
            order.released.wait()

    def release(self) -> None:
        """Let all held calls go on, and hold no more."""
        with self._lock:
            held = [order for order in self._orders if order.fault.kind is FaultKind.HOLD]
            self._orders = [order for order in self._orders if order not in held]
        self._let_go(held)

    def clear(self) -> None:
        """No more faults; held calls go on."""
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
