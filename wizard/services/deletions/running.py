"""The work on a deletion whose lease is held: Regions in parallel, a few rules of each at a time.

One rule that fails stops no other. A Region that does not respond is not asked about the rest.
"""

from collections.abc import Collection

from wizard.domain.waiting import begin_change
from wizard.models import DeletedRule, Deletion
from wizard.services import held
from wizard.services.change_threads import work_through
from wizard.services.deletions import deleting


def delete_all(deletion: Deletion, rows: Collection[DeletedRule]) -> None:
    """Delete the rules; results and errors are in the rows."""
    begin_change()
    for each in rows:
        each.deletion = deletion

    try:
        work_through(
            rows,
            deleting.delete,
            leave=deleting.leave,
            lease_of=deletion,
        )
    finally:
        held.give_up(deletion)
