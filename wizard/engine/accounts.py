"""What is due about accounts: parts of operations over them, plans, sweeps, and the counts."""

from typing import Final

from wizard import tasks
from wizard.engine.rings import Rings
from wizard.services import accounts, fleet_operations, sweeps
from wizard.services.fleet import counting

# As many parts are queued in one round. Those of several operations take turns, so few of them may
# stand in the queue already when another operation begins.
MOST_PARTS: Final = 40


def queue_open_parts(rings: Rings) -> None:
    open_parts = fleet_operations.open_parts(most=MOST_PARTS)
    for each in rings.unqueued(tasks.work_on_part, [str(part.pk) for part in open_parts]):
        tasks.work_on_part.enqueue(each)  # guard: B2


def queue_due_imports(rings: Rings) -> None:
    due = [str(each) for each in accounts.due_imports()[:MOST_PARTS]]
    for each in rings.unqueued(tasks.add_accounts, due):
        tasks.add_accounts.enqueue(each)  # guard: B2


def queue_due_sweeps(rings: Rings) -> None:
    sweeps.update_rows()
    for each in rings.unqueued(tasks.sweep_account, sweeps.ring_due()):
        tasks.sweep_account.enqueue(each)  # guard: B2


def queue_due_count(rings: Rings) -> None:
    """Once an hour, for the trend of all accounts."""
    if counting.is_count_due() and rings.unqueued(tasks.count_rules, [""]):
        tasks.count_rules.enqueue()
