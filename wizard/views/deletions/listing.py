"""Deletions in the list of operations: the interrupted ones and the newest."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from wizard.models import DeletedRule, Deletion
from wizard.services import deletions
from wizard.views.deletions import titles


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRow:
    """A deletion in the list; `status` is the name of its icon."""

    deletion: Deletion
    title: str
    status: str
    regions: list[str]
    url: str


def interrupted_deletions(account_id: str, regions: Collection[str]) -> list[DeletionRow]:
    """Return the deletions whose process died, with a rule in these Regions."""
    found = deletions.unsettled_deletions(account_id=account_id, regions=regions)
    return _rows(found, regions)


def newest_deletions(account_id: str, regions: Collection[str]) -> list[DeletionRow]:
    found = deletions.newest_deletions(account_id=account_id, regions=regions)
    return _rows(found, regions)


def _rows(found: Iterable[Deletion], regions: Collection[str]) -> list[DeletionRow]:
    return [
        _row(each, [rule for rule in each.rules.all() if rule.region in regions]) for each in found
    ]


def _row(deletion: Deletion, rules: Collection[DeletedRule]) -> DeletionRow:
    return DeletionRow(
        deletion=deletion,
        title=titles.title_of(deletion, rules),
        status=_status(deletion, rules),
        regions=sorted({each.region for each in rules}),
        url=titles.deletion_url(deletion),
    )


def _status(deletion: Deletion, rules: Collection[DeletedRule]) -> str:
    if deletion.is_running:
        return "pending"
    gone = sum(each.is_gone for each in rules)
    if gone == len(rules):
        return "valid"
    is_partly = gone or titles.is_unsettled(deletion, rules)
    return "warning" if is_partly else "failed"
