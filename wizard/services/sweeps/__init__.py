"""The sweeps: the rules of all accounts are read again and again in the background.

A row per account says when it is due. `rows` keeps the rows, and decides which of them get a task;
`sweeping` is what the task does: it reads the account's Regions and stores what they have. Pages
show and order sweeps by `ordering`.
"""

from wizard.services.sweeps.ordering import (
    Progress,
    are_on,
    of_kind,
    operable,
    order_sweeps,
    progress,
    read_soon,
    visible_sweeps,
)
from wizard.services.sweeps.rows import ring_due, update_rows
from wizard.services.sweeps.sweeping import sweep_account

__all__ = [
    "Progress",
    "are_on",
    "of_kind",
    "operable",
    "order_sweeps",
    "progress",
    "read_soon",
    "ring_due",
    "sweep_account",
    "update_rows",
    "visible_sweeps",
]
