"""The matrix of the all-Regions page: a line per prefix, a column per Region."""

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from wizard.domain import Region
from wizard.views.overview_sections import RegionSection
from wizard.views.rows import STATUS_WORDS, RuleQuery, RuleRow, Status
from wizard.views.rule_table import filled


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixLine:
    """A row of the matrix: a prefix with a cell per Region, and in how many it is missing."""

    prefix: str
    missing: int
    cells: list[SafeString]


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
