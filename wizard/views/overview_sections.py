"""What came of each Region on the all-Regions page: its rules, or why they are not known."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _

from wizard.domain import errors
from wizard.domain.regions import Region, Target
from wizard.domain.rules import Rule
from wizard.services import last_known, places
from wizard.services.fanout import RegionAnswer
from wizard.services.last_known import Snapshot
from wizard.services.validation import LatestResults
from wizard.views.rows import STATUS_WORDS, RuleQuery, RuleRow, Status, rows_of
from wizard.web.answers import place_url
from wizard.words.errors import ErrorView, error_view

# From so many rules on the page, a Region shows its counts and failures and opens on demand.
COLLAPSE_FROM: Final = 100
# So many of its failures a collapsed Region shows; the rest are counted.
FAILURES_SHOWN: Final = 5


class Silence(StrEnum):
    """Why a Region's rules are not known."""

    NO_ANSWER = "no-answer"
    NO_ACCESS = "no-access"
    # The same for every Region, so it is told once.
    NO_CREDENTIALS = "no-credentials"


_SILENCES: Final = {
    errors.AccessDenied: Silence.NO_ACCESS,
    errors.CredentialsInvalid: Silence.NO_ACCESS,
    errors.CredentialsExpired: Silence.NO_CREDENTIALS,
    errors.CredentialsMissing: Silence.NO_CREDENTIALS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSection:
    """One Region's answer. `rows` are those of `all_rows` that match the query.

    With an `error`, and so a `silence`, the rows are the last known ones, of `read_at` (None:
    never read).
    """

    region: Region
    rows: list[RuleRow]
    all_rows: list[RuleRow]
    error: ErrorView | None = None
    silence: Silence | None = None
    read_at: datetime | None = None
    url: str = ""
    section_url: str = ""

    @property
    def count(self) -> int:
        return len(self.all_rows)

    @property
    def statuses(self) -> list[tuple[Status, str, int]]:
        """How many rows there are of each status, in words, for a collapsed Region."""
        found = Counter(row.status for row in self.rows)
        return [
            (status, str(word), found[status])
            for status, word in STATUS_WORDS.items()
            if found[status]
        ]

    @property
    def failures(self) -> list[RuleRow]:
        return [row for row in self.rows if row.status is Status.FAILED]

    @property
    def reason(self) -> str:
        """Why the rules are not known, in a few words."""
        title = str(self.error.title) if self.error else ""
        no_access = _(errors.AccessDenied.title)
        if self.silence is Silence.NO_ACCESS and title != no_access:  # guard: F4
            return f"{no_access}: {title}"
        return title

    @property
    def is_told_once(self) -> bool:
        """Whether the closing summary has the error, the same for all Regions that share it."""
        return self.silence is Silence.NO_CREDENTIALS


class Memory:
    """What was last known of an account's Regions; read when the first Region is silent."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id

    @cached_property
    def _snapshots(self) -> dict[str, Snapshot]:
        return last_known.last_known(account_id=self._account_id)

    def of(self, region: str) -> Snapshot | None:
        return self._snapshots.get(region)


class Openness:
    """Which Regions are shown open: all, as long as the page has fewer than COLLAPSE_FROM rules.

    A section is sent when its Region answers, so this cannot wait for the total. Without a filter
    the last known number of rules decides for the whole page, so that it looks the same each time.
    With a filter, or for Regions that were never read, the rules so far do: the first Regions are
    open, and those after the limit are not. `chosen` are the Regions that the person opened.
    """

    def __init__(self, *, expected: int, chosen: Iterable[str]) -> None:
        self._expected = expected
        self._chosen = frozenset(chosen)
        self._so_far = 0

    @classmethod
    def of(cls, query: RuleQuery, *, account_id: str, chosen: Iterable[str]) -> "Openness":
        expected = 0 if query.is_filtered else last_known.count_rules(account_id=account_id)
        chosen = (*chosen, query.region) if query.region else chosen
        return cls(expected=expected, chosen=chosen)

    def opens(self, section: RegionSection) -> bool:
        self._so_far += len(section.rows)
        is_chosen = section.region.code in self._chosen
        return is_chosen or max(self._expected, self._so_far) < COLLAPSE_FROM


def sections_of(
    outcomes: Iterable[RegionAnswer[list[Rule]]],
    *,
    query: RuleQuery,
    memory: Memory,
    latest: LatestResults,
) -> Iterator[RegionSection]:
    """A section for each outcome, when it comes."""
    for outcome in outcomes:
        target, error = outcome.target, outcome.error
        snapshot = memory.of(target.region) if error else None
        found = outcome.value if error is None else snapshot.rules if snapshot else []
        read_at = snapshot.read_at if snapshot else None
        rows = rows_of(target, found or [], latest, last_known_at=read_at)
        yield RegionSection(
            region=places.region_named(target.region),
            rows=query.apply(rows),
            all_rows=rows,
            error=error_view(error) if error else None,
            silence=_SILENCES.get(type(error), Silence.NO_ANSWER) if error else None,
            read_at=read_at,
            url=place_url("rule-list", target),
            section_url=place_url("overview-section", target),
        )


def unread_of(
    account_id: str, sections: Iterable[RegionSection], query: RuleQuery
) -> dict[Target, ErrorView]:
    """The Regions that a file has to name, for it says nothing else about them."""
    return {
        Target(account_id=account_id, region=section.region.code): section.error
        for section in sorted(sections, key=lambda section: section.region)
        if section.error and not section.all_rows and query.region in ("", section.region.code)
    }
