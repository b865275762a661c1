"""The sweeps: the rules of all accounts are read again and again in the background.

A row per account says when it is due. `rows` keeps the rows, and decides which of them get a task;
`sweeping` is what the task does: it reads the account's Regions and stores what they have.
"""

from wizard.services.sweeps.rows import ring_due, update_rows
from wizard.services.sweeps.sweeping import sweep_account

__all__ = ["ring_due", "sweep_account", "update_rows"]
