"""The sections of the all-Regions page: the rules of each Region, or why they are unknown."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.domain import Region, Rule, Target, errors
from wizard.services import places
from wizard.services.fanout import RegionAnswer
from wizard.views.overview_memory import Memory
from wizard.views.rows import STATUS_WORDS, RuleQuery, RuleRow, Status, rows_of
from wizard.web import place_url
from wizard.words import ErrorView, error_view

# From this number of rules on the page, Regions are collapsed to counts and failures.
COLLAPSE_FROM: Final = 100
# The number of failures that a collapsed Region shows; further ones are counted.
FAILURES_SHOWN: Final = 5


class Silence(StrEnum):
    """Why a Region's rules are unknown."""

    NO_ANSWER = "no-answer"
    NO_ACCESS = "no-access"
    # The same for every Region, so it is shown once.
    NO_CREDENTIALS = "no-credentials"


# The first class that an error is of applies.
_SILENCES: Final = {
    errors.AccessDenied: Silence.NO_ACCESS,
    errors.ClockSkewed: Silence.NO_CREDENTIALS,
    errors.CredentialsInvalid: Silence.NO_ACCESS,
    errors.CredentialsExpired: Silence.NO_CREDENTIALS,
    errors.CredentialsMissing: Silence.NO_CREDENTIALS,
    errors.AccountRoleNotAssumed: Silence.NO_CREDENTIALS,
    errors.AccountRoleUnavailable: Silence.NO_CREDENTIALS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSection:
    """One Region. `rows` are those of `all_rows` that match the query.

    With an `error` and a `silence`, the rows are the last-known ones of `read_at` (None: never
    read).
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
    def count_text(self) -> str:
        """Return the number of rules in words; a filter that hides them all is not "No rules"."""
        if not self.count:
            return _("No rules")
        if self.rows:
            number = len(self.rows)
            return ngettext("%(number)s rule", "%(number)s rules", number) % {"number": number}
        return ngettext(
            "No match in %(number)s rule", "No match in %(number)s rules", self.count
        ) % {"number": self.count}

    @property
    def statuses(self) -> list[tuple[Status, str, int]]:
        """Return the number of rows of each status, for a collapsed Region."""
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
    def without_secret(self) -> list[RuleRow]:
        """Return the rules whose secret did not exist when the Region's secrets were last read."""
        return [row for row in self.rows if row.secret_missing_since]

    @property
    def reason(self) -> str:
        """Return a short reason why the rules are unknown."""
        title = str(self.error.title) if self.error else ""
        no_access = _(errors.AccessDenied.title)
        if self.silence is Silence.NO_ACCESS and title != no_access:  # guard: F4
            return f"{no_access}: {title}"
        return title

    @property
    def is_told_once(self) -> bool:
        """Whether the error is shown in the summary, once for all Regions."""
        return self.silence is Silence.NO_CREDENTIALS


def known_sections(
    targets: Iterable[Target], *, query: RuleQuery, memory: Memory
) -> list[RegionSection]:
    """Return a section for each Region as last known, in the order of the page.

    Those that had rules come first, so that the order depends on no answer.
    """
    found = []
    for target in targets:
        snapshot = memory.of(target.region)
        rules = snapshot.rules if snapshot else []
        rows = _rows(target, rules, memory, snapshot.read_at if snapshot else None)
        found.append(_section(target, rows, query, read_at=snapshot.read_at if snapshot else None))
    return sorted(found, key=lambda section: (not section.all_rows, section.region))


def sections_of(
    outcomes: Iterable[RegionAnswer[list[Rule]]],
    *,
    query: RuleQuery,
    memory: Memory,
) -> Iterator[RegionSection]:
    """Yield a section for each answer when it arrives."""
    for outcome in outcomes:
        target, error = outcome.target, outcome.error
        snapshot = memory.of(target.region) if error else None
        found = outcome.value if error is None else snapshot.rules if snapshot else []
        read_at = snapshot.read_at if snapshot else None
        rows = _rows(target, found or [], memory, read_at)
        yield _section(target, rows, query, error=error, read_at=read_at)


def _rows(
    target: Target,
    found: list[Rule],
    memory: Memory,
    last_known_at: datetime | None,
) -> list[RuleRow]:
    known = memory.secrets if any(rule.credential_arn for rule in found) else {}
    return rows_of(
        target,
        found,
        memory.latest,
        running=memory.running,
        last_known_at=last_known_at,
        known=known,
    )


def _section(
    target: Target,
    rows: list[RuleRow],
    query: RuleQuery,
    *,
    error: errors.AwsError | None = None,
    read_at: datetime | None = None,
) -> RegionSection:
    return RegionSection(
        region=places.region_named(target.region),
        rows=query.apply(rows),
        all_rows=rows,
        error=error_view(error) if error else None,
        silence=_silence_of(error) if error else None,
        read_at=read_at,
        url=place_url("rule-list", target),
        section_url=place_url("overview-section", target),
    )


def _silence_of(error: errors.AwsError) -> Silence:
    kinds = (silence for kind, silence in _SILENCES.items() if isinstance(error, kind))
    return next(kinds, Silence.NO_ANSWER)


def unread_of(
    account_id: str, sections: Iterable[RegionSection], query: RuleQuery
) -> dict[Target, ErrorView]:
    """Return the Regions without known rules, which an export must list."""
    return {
        Target(account_id=account_id, region=section.region.code): section.error
        for section in sorted(sections, key=lambda section: section.region)
        if section.error and not section.all_rows and query.region in ("", section.region.code)
    }
