"""The matrix of the all-Regions page: a line per prefix, a column per Region."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from wizard.domain import Region
from wizard.views.overview_sections import RegionSection
from wizard.views.rows import STATUS_WORDS, RuleQuery, RuleRow, Status
from wizard.views.rule_table import filled


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixLine:
    """A row of the matrix: a prefix with a cell per Region.

    `gaps` are the codes of the Regions in which it is missing and the person may create it, as a
    copy of the rule at the address `source`.
    """

    prefix: str
    missing: int
    gaps: list[str]
    source: str
    cells: list[SafeString]


def matrix_columns(sections: list[RegionSection], query: RuleQuery) -> list[RegionSection]:
    """Return the columns: Regions with rules, and those without an answer."""
    shown = [
        section
        for section in sections
        if (section.all_rows or section.error) and query.region in ("", section.region.code)
    ]
    return sorted(shown, key=lambda section: section.region)


def matrix_of(columns: list[RegionSection], *, may_work: Collection[str]) -> list[MatrixLine]:
    """Return a line per prefix that matches in a Region. A filtered rule is not missing.

    `may_work` are the codes of the Regions in which the person may create rules.
    """
    cells = _Cells()
    rows = {(row.prefix, row.region): row for section in columns for row in section.all_rows}
    prefixes = sorted({row.prefix for section in columns for row in section.rows})
    return [_line(prefix, columns, rows, cells, may_work) for prefix in prefixes]


def _line(
    prefix: str,
    columns: list[RegionSection],
    rows: Mapping[tuple[str, str], RuleRow],
    cells: "_Cells",
    may_work: Collection[str],
) -> MatrixLine:
    found = [(section, rows.get((prefix, section.region.code))) for section in columns]
    missing = [section.region.code for section, row in found if not (row or section.error)]
    sources = (
        (row, section.url)
        for section, row in found
        if row and section.error is None and section.region.code in may_work
    )
    source = next(sources, None)
    gaps = [code for code in missing if source and code in may_work]
    return MatrixLine(
        prefix=prefix,
        missing=len(missing),
        gaps=gaps,
        source=f"{source[1]}{quote(prefix)}" if source else "",
        cells=[
            cells.copy_here(section.region, *source)
            if source and section.region.code in gaps
            else cells.of(row, section)
            for section, row in found
        ],
    )


class _Cells:
    """Renders the cells: a template per Region and state, filled in with the rules."""

    def __init__(self) -> None:
        self._fragments: dict[tuple[Region, str], SafeString] = {}

    def of(self, row: RuleRow | None, section: RegionSection) -> SafeString:
        """Return a cell; `row` is None if there is no rule, or if that is unknown."""
        state = row.status if row else "missing"
        fragment = self._fragment(section.region, state, is_known=section.error is None)
        return filled(fragment, row, section.url) if row else fragment

    def copy_here(self, region: Region, source: RuleRow, address: str) -> SafeString:
        """Return the cell of a Region without the prefix, which copies the source to it."""
        return filled(self._fragment(region, "copy"), source, address)

    def _fragment(
        self, region: Region, state: Status | str, *, is_known: bool = True
    ) -> SafeString:
        key = region, f"{state} {is_known}"
        if key not in self._fragments:
            word = STATUS_WORDS[state] if isinstance(state, Status) else ""
            context = {"region": region, "state": state, "word": word, "is_known": is_known}
            self._fragments[key] = render_to_string("overview/_matrix.html#cell", context)
        return self._fragments[key]
