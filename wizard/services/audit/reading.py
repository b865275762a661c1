"""Reading the audit trail in filtered pages, in bounded time for a trail of any length.

A change is one line: its intent with its result. Pages use keyset pagination by sequence, without
OFFSET and count. A single filter uses an index. A combination of filters scans a limited number of
rows per page; the page then says where the scan stopped.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from wizard.domain import AwsAction, Target
from wizard.models import AuditEvent, AuditHead, AuditOutcome, AuditPhase, OpenChange

PAGE_SIZE: Final = 50

# The sizes of successive scans when no single index selects the rows; the next size is used when a
# scan found too few.
_WINDOWS: Final = (2_000, 20_000, 200_000)
_EVERYTHING: Final = (1 << 62,)
# Their subject is the prefix of a template, which is often that of a rule.
_OF_TEMPLATES: Final = (
    AwsAction.CREATE_TEMPLATE,
    AwsAction.UPDATE_TEMPLATE,
    AwsAction.DELETE_TEMPLATE,
)
# Up to this number of matches in an index, rows are fetched by their keys instead of scanned.
_FEW: Final = 20_000
_AT_ONCE: Final = 200
# How many rows the order by time may differ from the order by sequence, after a clock was set back.
_DISORDER: Final = 1_000


class LineOutcome(StrEnum):
    """The outcome of a line; OPEN is a change without a recorded result."""

    SUCCEEDED = AuditOutcome.SUCCEEDED.value
    FAILED = AuditOutcome.FAILED.value
    REFUSED = AuditOutcome.REFUSED.value
    UNKNOWN = AuditOutcome.UNKNOWN.value
    OPEN = "open"


class Sort(StrEnum):
    """A change in AWS (an intent and a result), or an event (one row)."""

    CHANGE = "change"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """The conditions on a line; empty ones are ignored. `until` is exclusive.

    - `usernames` and `actions` are alternatives; None is no condition, and none of them no line.
    - `subject_part` may be anywhere in the subject, in capitals or not.
    """

    usernames: Sequence[str] | None = None
    actions: Sequence[str] | None = None
    account_id: str = ""
    region: str = ""
    subject_part: str = ""
    outcome: LineOutcome | None = None
    sort: Sort | None = None
    since: datetime | None = None
    until: datetime | None = None
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """A change or an event. `place` is its sort key on the page; `result` may be missing."""

    place: int
    first: AuditEvent
    result: AuditEvent | None = None

    @property
    def last(self) -> AuditEvent:
        return self.result or self.first

    @property
    def outcome(self) -> LineOutcome:
        return LineOutcome(self.last.outcome) if self.last.outcome else LineOutcome.OPEN

    @property
    def before(self) -> Any:
        return self.first.before

    @property
    def after(self) -> Any:
        """Return the state after the change, or what was requested if it failed."""
        done = self.result.after if self.result else None
        return self.first.after if done is None else done


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Lines, newest first. `older` and `newer` are the keys of the next pages, None at the ends.

    With `is_cut_short` the scan stopped before the page was full; the next page continues it.
    """

    lines: list[AuditLine]
    older: int | None
    newer: int | None
    is_cut_short: bool = False


def find_lines(
    *,
    wanted: AuditFilter,
    before: int | None = None,
    after: int | None = None,
    size: int = PAGE_SIZE,
) -> AuditPage:
    """Return the page below the key `before`, or above `after`, or the newest page."""
    low, high = _bounds(wanted)
    newest_first = after is None
    if before is not None:
        high = min(high, before - 1)
    if after is not None:
        low = max(low, after + 1)
    look = _Look(wanted=wanted, low=low, high=high, newest_first=newest_first)
    rows, stopped_at = look.rows(size + 1)
    is_more = len(rows) > size
    rows = rows[:size]
    further = rows[-1].sequence if is_more else stopped_at
    if newest_first:
        back = None if before is None else rows[0].sequence if rows else before - 1
        older, newer = further, back
    elif further is None:
        # Near the top, return the newest page instead of a partial one.
        return find_lines(wanted=wanted, size=size)
    else:
        older, newer = rows[0].sequence if rows else low, further
        rows.reverse()
    return AuditPage(
        lines=_lines(rows), older=older, newer=newer, is_cut_short=stopped_at is not None
    )


def all_lines(*, wanted: AuditFilter, up_to: int) -> Iterator[AuditLine]:
    """Yield every matching line up to the sequence `up_to`, newest first."""
    place: int | None = up_to + 1
    while place is not None:
        page = find_lines(wanted=wanted, before=place, size=500)
        yield from page.lines
        place = page.older


def rule_history(*, target: Target, ecr_repository_prefix: str, most: int) -> list[AuditLine]:
    """Return the last lines about one rule, newest first."""
    found = AuditEvent.objects.filter(
        subject=ecr_repository_prefix, account_id=target.account_id, region=target.region
    )
    rows = found.exclude(phase=AuditPhase.RESULT).exclude(action__in=_OF_TEMPLATES)
    return _lines(list(rows.order_by("-sequence")[:most]))


def count_events(action: str, *, user_id: int, since: datetime) -> int:
    """Return how many events of an action there are of a person since a moment."""
    found = AuditEvent.objects.filter(action=action, phase=AuditPhase.EVENT)
    return found.filter(user_id=user_id, happened_at__gte=since).count()


def known_actions() -> list[str]:
    """Return every action in the trail."""
    return list(_distinct("action"))


def usernames_with(part: str) -> list[str]:
    """Return the names of people in the trail that contain the part, in capitals or not."""
    wanted = part.casefold()
    return [name for name in _distinct("username") if wanted in name.casefold()]


def _distinct(column: str) -> Iterator[str]:
    """Yield the values of an indexed column, with one lookup each (a loose index scan)."""
    last = ""
    while True:
        later = AuditEvent.objects.filter(**{f"{column}__gt": last})
        found = later.order_by(column).values_list(column, flat=True).first()
        if found is None:
            return
        yield found
        last = found


# --- Searching ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One search for rows between two sequences, inclusive, starting at one end."""

    wanted: AuditFilter
    low: int
    high: int
    newest_first: bool

    def rows(self, most: int) -> tuple[list[AuditEvent], int | None]:
        """Return at most `most` rows, and where the scan stopped early, or None."""
        few = self._few()
        if few is not None:
            return list(self._picked(few, most)), None
        return self._met(most)

    def _few(self) -> list[int] | None:
        """Return the sequences of all candidates if an index selects few of them, else None."""
        if self.wanted.outcome is LineOutcome.OPEN:
            open_changes = OpenChange.objects.order_by("-sequence")
            return list(open_changes.values_list("sequence", flat=True)[:_FEW])
        return None

    def _picked(self, places: Iterable[int], most: int) -> Iterator[AuditEvent]:
        """Fetch rows by their sequences until enough of them match."""
        inside = [place for place in places if self.low <= place <= self.high]
        inside.sort(reverse=self.newest_first)
        for start in range(0, len(inside), _AT_ONCE):
            some = _leading_rows(self.wanted).filter(sequence__in=inside[start : start + _AT_ONCE])
            for row in some.order_by(self._order):
                yield row
                most -= 1
                if not most:
                    return

    def _met(self, most: int) -> tuple[list[AuditEvent], int | None]:
        """Scan the rows in windows of increasing size."""
        low, high = self.low, self.high
        rows: list[AuditEvent] = []
        for width in _WINDOWS if self._is_combined else _EVERYTHING:
            if self.newest_first:
                window = (max(low, high - width + 1), high)
                high = window[0] - 1
            else:
                window = (low, min(high, low + width - 1))
                low = window[1] + 1
            found = _leading_rows(self.wanted).filter(sequence__range=window)
            rows += found.order_by(self._order)[: most - len(rows)]
            if len(rows) == most or low > high:
                return rows, None
        return rows, high + 1 if self.newest_first else low - 1

    @property
    def _order(self) -> str:
        return "-sequence" if self.newest_first else "sequence"

    @property
    def _is_combined(self) -> bool:
        """Whether no single index selects the matching rows in page order."""
        wanted = self.wanted
        alternatives = [each for each in (wanted.usernames, wanted.actions) if each is not None]
        columns = (
            *(wanted.account_id or wanted.region, wanted.outcome, wanted.sort, wanted.event_id),
        )
        if wanted.subject_part or any(len(each) > 1 for each in alternatives):
            return True
        return len(alternatives) + sum(map(bool, columns)) > 1


def _leading_rows(wanted: AuditFilter) -> "QuerySet[AuditEvent]":
    """Return a query with one row per matching line: the row that the filter applies to."""
    columns = {
        "account_id": wanted.account_id,
        "region": wanted.region,
        "event_id": wanted.event_id,
        "happened_at__gte": wanted.since,
        "happened_at__lt": wanted.until,
    }
    found = AuditEvent.objects.filter(**{name: value for name, value in columns.items() if value})
    for name, values in (("username", wanted.usernames), ("action", wanted.actions)):
        if values is not None:
            found = found.filter(**{f"{name}__in": list(values)})
    if wanted.subject_part:
        found = found.filter(subject__icontains=wanted.subject_part)
    return _of_outcome(found, wanted)


def _of_outcome(found: "QuerySet[AuditEvent]", wanted: AuditFilter) -> "QuerySet[AuditEvent]":
    """The outcome of a change is in its result row; everything else is in the intent too."""
    if wanted.outcome in (None, LineOutcome.OPEN):
        phases = {Sort.CHANGE: AuditPhase.INTENT, Sort.EVENT: AuditPhase.EVENT}
        if wanted.outcome is LineOutcome.OPEN:
            found = found.filter(phase=AuditPhase.INTENT)
    else:
        phases = {Sort.CHANGE: AuditPhase.RESULT, Sort.EVENT: AuditPhase.EVENT}
        found = found.filter(outcome=wanted.outcome.value)
    if wanted.sort is not None:
        return found.filter(phase=phases[wanted.sort])
    return found if wanted.outcome else found.exclude(phase=AuditPhase.RESULT)


def _bounds(wanted: AuditFilter) -> tuple[int, int]:
    """Return the range of sequences that the times of the filter allow."""
    head = AuditHead.objects.filter(pk=1).values_list("sequence", flat=True).first() or 0
    low, high = 1, head
    rows = AuditEvent.objects.values_list("sequence", flat=True)
    if wanted.since is not None:
        first = rows.filter(happened_at__gte=wanted.since).order_by("happened_at", "sequence")
        low = max(1, (first.first() or head + 1) - _DISORDER)
    if wanted.until is not None:
        last = rows.filter(happened_at__lt=wanted.until).order_by("-happened_at", "-sequence")
        high = min(head, (last.first() or 0) + _DISORDER)
    return low, high


def _lines(rows: Sequence[AuditEvent]) -> list[AuditLine]:
    """Join each row with the other row of its change."""
    changes = [row.event_id for row in rows if row.phase != AuditPhase.EVENT]
    known = [row.sequence for row in rows]
    others = AuditEvent.objects.filter(event_id__in=changes).exclude(sequence__in=known)
    by_phase = {(row.event_id, row.phase): row for row in (*rows, *others)}
    return [
        AuditLine(
            place=row.sequence,
            first=by_phase.get((row.event_id, AuditPhase.INTENT.value), row),
            result=by_phase.get((row.event_id, AuditPhase.RESULT.value)),
        )
        for row in rows
    ]
