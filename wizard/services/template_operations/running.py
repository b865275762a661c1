"""The work on an operation whose lease is held: its Regions in parallel.

One Region that fails stops no other.
"""

from collections.abc import Collection

from wizard.domain.waiting import begin_change
from wizard.models import TemplateChange, TemplateOperation
from wizard.services import held
from wizard.services.change_threads import work_through
from wizard.services.template_operations import changing


def run(operation: TemplateOperation, rows: Collection[TemplateChange]) -> None:
    """Work on the rows; results and errors are in them."""
    begin_change()
    for each in rows:
        each.operation = operation

    try:
        work_through(
            rows,
            changing.change,
            leave=changing.leave,
            lease_of=operation,
        )
    finally:
        held.give_up(operation)
