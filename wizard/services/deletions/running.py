"""The work on a deletion whose lease is held: Regions in parallel, a few rules of each at a time.

One rule that fails stops no other. A Region that does not respond is not asked about the rest.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Final

from wizard.domain.errors import RegionUnreachable
from wizard.domain.waiting import begin_change
from wizard.models import DeletedRule, Deletion
from wizard.services import held
from wizard.services.change_threads import work_through
from wizard.services.deletions import deleting
from wizard.services.held import LeaseLost

# As many rules of a Region are deleted at once, because AWS throttles the calls of a Region.
LANES: Final = 4

_Lane = tuple[DeletedRule, ...]


def delete_all(deletion: Deletion, rows: Collection[DeletedRule]) -> None:
    """Delete the rules; results and errors are in the rows."""
    begin_change()
    for each in rows:
        each.deletion = deletion

    def work(lane: _Lane) -> None:
        with suppress(LeaseLost):
            silent = None
            for row in lane:
                if silent is not None:  # guard: B12
                    deleting.leave(row, silent)
                    continue
                deleting.delete(row)
                silent = row.error if isinstance(row.error, RegionUnreachable) else None

    def keep_lease() -> None:
        with suppress(LeaseLost):  # The threads notice it themselves.
            held.renew(deletion)

    try:
        lanes = list(_lanes(rows))
        work_through(lanes, work, meanwhile=keep_lease, every_seconds=held.RENEW_SECONDS)
    finally:
        held.give_up(deletion)


def _lanes(rows: Collection[DeletedRule]) -> Iterator[_Lane]:
    """Yield rows that are deleted one after the other; the first lane of each Region first."""
    by_region: dict[str, list[DeletedRule]] = {}
    for row in rows:
        by_region.setdefault(row.region, []).append(row)
    for number in range(LANES):
        yield from (tuple(lane) for of in by_region.values() if (lane := of[number::LANES]))
