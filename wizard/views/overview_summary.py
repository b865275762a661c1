"""The counts of the all-Regions page, Regions without an answer, and tables over all Regions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.domain import Region
from wizard.domain.registries import registries_of
from wizard.views.overview_sections import COLLAPSE_FROM, RegionSection, Silence
from wizard.views.rows import STATUS_WORDS, RuleRow, Status, label_of
from wizard.views.rule_table import RuleTable


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCount:
    """The number of rules of one status, and where its share begins in a picture of them all."""

    status: Status
    number: int
    before: int

    @property
    def word(self) -> str:
        return str(STATUS_WORDS[self.status])

    @property
    def number_text(self) -> str:
        return _grouped(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The counts, and the Regions that could not be read, by the reason.

    Without an answer yet (`is_known_only`) they are those that were last known at `read_at`, which
    is the oldest time of a Region.
    """

    rules: int
    regions: list[Region]
    answered: int
    statuses: list[StatusCount]
    is_known_only: bool = False
    read_at: datetime | None = None
    no_answer: Sequence[RegionSection] = ()
    no_access: Sequence[RegionSection] = ()
    no_credentials: Sequence[RegionSection] = ()
    by_registry: Sequence[tuple[str, int]] = ()
    by_region: Sequence[tuple[str, int]] = ()

    @property
    def silent(self) -> list[RegionSection]:
        return [*self.no_answer, *self.no_access, *self.no_credentials]

    @property
    def total_text(self) -> str:
        """Return the number of rules and where they are, in words."""
        numbers = {"number": _grouped(self.rules), "answered": str(self.answered)}
        if len(self.regions) == 1 and not self.silent:
            numbers["region"] = self.regions[0].name
            text = ngettext(
                "%(number)s rule in %(region)s", "%(number)s rules in %(region)s", self.rules
            )
        elif self.is_known_only:
            text = ngettext("%(number)s rule", "%(number)s rules", self.rules)
        else:
            text = ngettext(
                "%(number)s rule in the %(answered)s Regions that answered",
                "%(number)s rules in the %(answered)s Regions that answered",
                self.rules,
            )
        return text % numbers

    @property
    def silent_kinds(self) -> list[tuple[str, Sequence[RegionSection]]]:
        """Return the Regions that could not be read by the reason, which is told in words."""
        kinds = (
            (_no_access_text, self.no_access),
            (_no_answer_text, self.no_answer),
            (_no_credentials_text, self.no_credentials),
        )
        return [(text(len(found)), found) for text, found in kinds if found]

    @property
    def silent_text(self) -> str:
        """Return how many Regions could not be read, with the reason if they have the same."""
        kinds = self.silent_kinds
        return kinds[0][0] if len(kinds) == 1 else _not_counted_text(len(self.silent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of several Regions under a common heading; only counted if not open."""

    title: str
    count: int
    registry: str
    is_open: bool
    table: SafeString


def summary_of(sections: list[RegionSection]) -> Summary:
    """Return the summary of a page on which every Region has answered or was given up."""
    answered = [section for section in sections if section.error is None]
    silent = sorted(
        (section for section in sections if section.error), key=lambda section: section.region
    )
    rows = [row for section in answered for row in section.rows]
    return Summary(
        rules=len(rows),
        regions=[section.region for section in sections],
        answered=len(answered),
        statuses=_statuses(rows),
        no_answer=[each for each in silent if each.silence is Silence.NO_ANSWER],
        no_access=[each for each in silent if each.silence is Silence.NO_ACCESS],
        no_credentials=[each for each in silent if each.silence is Silence.NO_CREDENTIALS],
        by_registry=_counted_by_registry(rows),
        by_region=[
            (section.region.code, len(section.rows))
            for section in sorted(answered, key=lambda section: section.region)
            if section.rows
        ],
    )


def known_summary(known: Sequence[RegionSection]) -> Summary:
    """Return the summary of what is known before the first Region answers."""
    rows = [row for section in known for row in section.rows]
    return Summary(
        rules=len(rows),
        regions=[section.region for section in known],
        answered=0,
        statuses=_statuses(rows),
        is_known_only=True,
        read_at=min((each.read_at for each in known if each.read_at), default=None),
    )


def _no_answer_text(number: int) -> str:
    return ngettext("%d Region didn't respond", "%d Regions didn't respond", number) % number


def _no_access_text(number: int) -> str:
    return ngettext("No access in %d Region", "No access in %d Regions", number) % number


def _no_credentials_text(number: int) -> str:
    text = ngettext(
        "The console couldn't call %d Region", "The console couldn't call %d Regions", number
    )
    return text % number


def _not_counted_text(number: int) -> str:
    return ngettext("%d Region isn't counted", "%d Regions aren't counted", number) % number


def _statuses(rows: list[RuleRow]) -> list[StatusCount]:
    """Return the count of every result, also of those without a rule: the line keeps its length."""
    found = Counter(row.status for row in rows)
    counts, before = [], 0
    for status in STATUS_WORDS:
        if status is Status.VALIDATING and not found[status]:
            continue
        counts.append(StatusCount(status=status, number=found[status], before=before))
        before += found[status]
    return counts


def one_table(rows: list[RuleRow], table: RuleTable) -> list[Group]:
    """Return one table of all rows."""
    return [_group(_("All Regions"), rows, table, number=1, is_open=True)] if rows else []


def by_registry(rows: list[RuleRow], table: RuleTable) -> list[Group]:
    """Return a table per registry; from COLLAPSE_FROM rows on, a link to each table.

    The link filters by registry, so these groups are what the filter distinguishes. Rules without a
    registry to filter by are always open.
    """
    is_open = len(rows) < COLLAPSE_FROM
    groups: dict[str, list[RuleRow]] = {}
    for row in rows:
        title = row.registry_label if is_open else _as_filtered(row)
        groups.setdefault(title, []).append(row)
    return [
        _group(title, found, table, number=number, is_open=is_open or not found[0].registry_key)
        for number, (title, found) in enumerate(sorted(groups.items(), key=itemgetter(0)), start=1)
    ]


def _as_filtered(row: RuleRow) -> str:
    """Return the label of the registry in the filter, such as ECR of this and of other accounts."""
    entries = registries_of(row.registry_key)
    return _(entries[0].label) if entries else row.registry_label


def _group(
    title: str, rows: list[RuleRow], table: RuleTable, *, number: int, is_open: bool
) -> Group:
    shown = table.render(rows, labelled_by=f"group-{number}") if is_open else SafeString()
    return Group(
        title=title, count=len(rows), registry=rows[0].registry_key, is_open=is_open, table=shown
    )


def _counted_by_registry(rows: Iterable[RuleRow]) -> list[tuple[str, int]]:
    """Return the labels with their counts; each is translated once, and not for every rule."""
    found = Counter(row.registry_texts for row in rows)
    counts = [(label_of(*texts), number) for texts, number in found.items()]
    return sorted(counts, key=lambda item: (-item[1], item[0]))


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)
