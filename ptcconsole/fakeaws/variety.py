"""Answers that AWS may give but rarely gives: short pages, another order, absent members.

Without an order, lists have a fixed order and full pages. `vary` makes pages of PAGE_SIZE, begins
filtered and IAM lists with an empty page, reverses every order that is not documented, and leaves
out members that are not always there.
"""

from collections.abc import Iterable
from typing import TypeVar

from ptcconsole.fakeaws.audience import AUDIENCE

Item = TypeVar("Item")

PAGE_SIZE = 3


class Variety:
    """Whether answers vary; one per process, like moto's state."""

    def __init__(self) -> None:
        self._is_ordered = False

    def vary(self, *, is_on: bool) -> None:
        """Begin or end to vary answers."""
        self._is_ordered = is_on

    @property
    def is_on(self) -> bool:
        """Whether the answer to this call varies."""
        return self._is_ordered and AUDIENCE.is_concerned()

    def page_size(self, wanted: int) -> int:
        """Return the size of a page; AWS may return less than what is asked for."""
        return min(wanted, PAGE_SIZE) if self.is_on else wanted

    def in_order(self, items: Iterable[Item]) -> list[Item]:
        """Return the items in an order that is not documented."""
        listed = list(items)
        return listed[::-1] if self.is_on else listed


VARIETY = Variety()
