"""Deletions in the list of operations: the interrupted ones and the newest."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import ngettext

from wizard.models import DeletedRule, Deletion, OperationState
from wizard.services import deletions
from wizard.views.deletions import titles


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRow:
    """A deletion in the list.

    `status` is the name of its icon, `prefixes` are those of its rules in the person's Regions, and
    `states` those by which the list is filtered.
    """

    deletion: Deletion
    title: str
    status: str
    states: Collection[str]
    prefixes: list[str]
    regions: list[str]
    url: str

    @property
    def name(self) -> str:
        """Return the prefix; of several the first, and how many more there are."""
        more = len(self.prefixes) - 1
        if not more:
            return self.prefixes[0]
        text = ngettext("%(prefix)s and %(number)d more", "%(prefix)s and %(number)d more", more)
        return text % {"prefix": self.prefixes[0], "number": more}

    @property
    def started_at(self) -> datetime:
        return self.deletion.created_at

    @property
    def actor(self) -> User:
        return self.deletion.actor


def interrupted_deletions(account_id: str, regions: Collection[str]) -> list[DeletionRow]:
    """Return the deletions whose process died, with a rule in these Regions."""
    found = deletions.unsettled_deletions(account_id=account_id, regions=regions)
    return _rows(found, regions)


def newest_deletions(
    account_id: str, regions: Collection[str], state: str = ""
) -> list[DeletionRow]:
    """Return the newest deletions with a rule in these Regions; with `state`, those in it."""
    found = deletions.newest_deletions(account_id=account_id, regions=regions)
    return [row for row in _rows(found, regions) if not state or state in row.states]


def _rows(found: Iterable[Deletion], regions: Collection[str]) -> list[DeletionRow]:
    return [
        _row(each, [rule for rule in each.rules.all() if rule.region in regions]) for each in found
    ]


def _row(deletion: Deletion, rules: Collection[DeletedRule]) -> DeletionRow:
    return DeletionRow(
        deletion=deletion,
        title=titles.title_of(deletion, rules),
        status=_status(deletion, rules),
        states=_states(deletion, rules),
        prefixes=sorted({each.ecr_repository_prefix for each in rules}),
        regions=sorted({each.region for each in rules}),
        url=titles.deletion_url(deletion),
    )


def _states(deletion: Deletion, rules: Collection[DeletedRule]) -> set[str]:
    """Return the states; with a rule that is deleted and one that is not, there are two."""
    if deletion.is_running:
        return {OperationState.RUNNING}
    return {OperationState.SUCCEEDED if each.is_gone else OperationState.FAILED for each in rules}


def _status(deletion: Deletion, rules: Collection[DeletedRule]) -> str:
    if deletion.is_running:
        return "pending"
    gone = sum(each.is_gone for each in rules)
    if gone == len(rules):
        return "valid"
    is_partly = gone or titles.is_unsettled(deletion, rules)
    return "warning" if is_partly else "failed"
