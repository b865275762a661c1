"""The work on a clean-up whose lease is held: some repositories at a time, each in its order."""

from collections.abc import Iterable

from wizard.domain.waiting import begin_change
from wizard.models import CleanedBatch, CleanUp
from wizard.services import held
from wizard.services.change_threads import work_through
from wizard.services.cleanups import cleaning
from wizard.services.cleanups.cleaning import RepositoryWork


def clean_all(cleanup: CleanUp, rows: Iterable[CleanedBatch]) -> None:
    """Delete the images; results and errors are in the rows."""
    begin_change()
    works: dict[str, RepositoryWork] = {}
    for row in rows:
        row.cleanup = cleanup
        work = works.setdefault(row.repository, RepositoryWork(region=cleanup.region))
        work.batches.append(row)

    try:
        work_through(
            list(works.values()),
            cleaning.clean,
            leave=cleaning.leave,
            lease_of=cleanup,
        )
    finally:
        held.give_up(cleanup)
