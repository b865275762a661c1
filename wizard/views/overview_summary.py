"""The end of the all-Regions page: counts, Regions without an answer, common tables, the matrix."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from wizard.domain import Region
from wizard.domain.registries import registries_of
from wizard.views.overview_sections import COLLAPSE_FROM, RegionSection, Silence
from wizard.views.rows import STATUS_WORDS, RuleQuery, RuleRow, Status
from wizard.views.rule_table import RuleTable, filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The counts, and the Regions that could not be read, by the reason."""

    rules: int
    answered: int
    silent: list[RegionSection]
    no_answer: list[RegionSection]
    no_access: list[RegionSection]
    no_credentials: list[RegionSection]
    statuses: list[tuple[str, int]]
    registries: list[tuple[str, int]]
    regions: list[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of several Regions under a common heading; only counted if not open."""

    title: str
    count: int
    registry: str
    is_open: bool
    table: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixLine:
    """A row of the matrix: a prefix with a cell per Region, and in how many it is missing."""

    prefix: str
    missing: int
    cells: list[SafeString]


def summary_of(sections: list[RegionSection]) -> Summary:
    answered = [section for section in sections if section.error is None]
    silent = sorted(
        (section for section in sections if section.error), key=lambda section: section.region
    )
    rows = [row for section in answered for row in section.rows]
    return Summary(
        rules=len(rows),
        answered=len(answered),
        silent=silent,
        no_answer=[each for each in silent if each.silence is Silence.NO_ANSWER],
        no_access=[each for each in silent if each.silence is Silence.NO_ACCESS],
        no_credentials=[each for each in silent if each.silence is Silence.NO_CREDENTIALS],
        statuses=_counted(row.status.value for row in rows),
        registries=_counted(row.registry_label for row in rows),
        regions=[
            (section.region.code, len(section.rows))
            for section in sorted(answered, key=lambda section: section.region)
            if section.rows
        ],
    )


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


def matrix_columns(sections: list[RegionSection], query: RuleQuery) -> list[RegionSection]:
    """Return the columns: Regions with rules, and those without an answer."""
    shown = [
        section
        for section in sections
        if (section.all_rows or section.error) and query.region in ("", section.region.code)
    ]
    return sorted(shown, key=lambda section: section.region)


def matrix_of(columns: list[RegionSection]) -> list[MatrixLine]:
    """Return a line per prefix that matches in a Region. A filtered rule is not missing."""
    cells = _Cells()
    rows = {(row.prefix, row.region): row for section in columns for row in section.all_rows}
    return [
        MatrixLine(
            prefix=prefix,
            missing=sum(
                section.error is None and (prefix, section.region.code) not in rows
                for section in columns
            ),
            cells=[
                cells.of(
                    rows.get((prefix, section.region.code)),
                    region=section.region,
                    address=section.url,
                    is_known=section.error is None,
                )
                for section in columns
            ],
        )
        for prefix in sorted({row.prefix for section in columns for row in section.rows})
    ]


class _Cells:
    """Renders the cells: a template per Region and state, filled in with the rules."""

    def __init__(self) -> None:
        self._fragments: dict[tuple[Region, Status | None, bool], SafeString] = {}

    def of(
        self, row: RuleRow | None, *, region: Region, address: str, is_known: bool
    ) -> SafeString:
        """Return a cell; `row` is None if there is no rule, or if that is unknown."""
        status = row.status if row else None
        key = region, status, is_known
        if key not in self._fragments:
            word = STATUS_WORDS[status] if status else ""
            context = {"region": region, "status": status, "word": word, "is_known": is_known}
            self._fragments[key] = render_to_string("overview/_matrix.html#cell", context)
        return filled(self._fragments[key], row, address) if row else self._fragments[key]


def _counted(values: Iterator[str]) -> list[tuple[str, int]]:
    return sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
