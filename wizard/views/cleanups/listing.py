"""Clean-ups in the list of operations: the interrupted ones and the newest."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from wizard.models import CleanUp, OperationState
from wizard.services import cleanups
from wizard.views.cleanups import titles


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUpRow:
    """A clean-up in the list. `status` is the name of its icon."""

    cleanup: CleanUp
    title: str
    status: str
    states: Collection[str]
    url: str

    @property
    def name(self) -> str:
        return self.cleanup.name

    @property
    def prefixes(self) -> list[str]:
        return [self.cleanup.name]

    @property
    def regions(self) -> list[str]:
        return [self.cleanup.region]

    @property
    def started_at(self) -> datetime:
        return self.cleanup.created_at

    @property
    def actor(self) -> User:
        return self.cleanup.actor


def interrupted_cleanups(account_id: str, regions: Collection[str]) -> list[CleanUpRow]:
    """Return the clean-ups whose process died."""
    return _rows(cleanups.unsettled_cleanups(account_id=account_id, regions=regions))


def newest_cleanups(account_id: str, regions: Collection[str], state: str = "") -> list[CleanUpRow]:
    """Return the newest clean-ups; with `state`, those in it."""
    found = cleanups.newest_cleanups(account_id=account_id, regions=regions)
    return [row for row in _rows(found) if not state or state in row.states]


def _rows(found: Iterable[CleanUp]) -> list[CleanUpRow]:
    return [_row(each) for each in found]


def _row(cleanup: CleanUp) -> CleanUpRow:
    batches = list(cleanup.batches.all())
    counts = titles.counts_of(batches)
    states: set[str] = set()
    if cleanup.is_running:
        status, states = "pending", {OperationState.RUNNING}
    elif titles.is_unsettled(cleanup, batches) or (counts.left and counts.gone):
        status, states = "warning", {OperationState.FAILED, OperationState.SUCCEEDED}
    elif counts.left:
        status, states = "failed", {OperationState.FAILED}
    else:
        status, states = "valid", {OperationState.SUCCEEDED}
    return CleanUpRow(
        cleanup=cleanup,
        title=titles.title_of(cleanup, batches),
        status=status,
        states=states,
        url=titles.cleanup_url(cleanup),
    )
