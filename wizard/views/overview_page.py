"""Renders the pieces of the all-Regions page: its frame, a section per Region, and the end.

Every piece is rendered for its slot. What the slots show until then is in the frame: the rules as
last known, by the same templates, so that a piece takes the place that its slot had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from wizard.domain import Region
from wizard.views import overview_matrix as matrix
from wizard.views import overview_summary as closing
from wizard.views.overview_closed import NO_FOLD, ClosedFold
from wizard.views.overview_header import (
    BY_REGION,
    BY_REGISTRY,
    FLAT,
    MATRIX,
    group_of,
    header_of,
    regions_to_begin_in,
)
from wizard.views.overview_openness import Openness
from wizard.views.overview_sections import FAILURES_SHOWN, RegionSection
from wizard.views.rows import RuleQuery, RuleRow
from wizard.views.rule_table import RuleTable
from wizard.views.selection import Selection
from wizard.web import ConsoleRequest, table_look_of

# Below so many pixels, a Region is out of sight when the page opens. A Region takes about so many,
# and a row of its table.
FAR_BELOW: Final = 2000
REGION_HEIGHT: Final = 100
ROW_HEIGHT: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of a Region on the page, with its rules as last known."""

    section: RegionSection
    is_quiet: bool
    is_far: bool
    is_open: bool
    failures: list[RuleRow]
    table: SafeString


@dataclass(kw_only=True)
class OverviewPage:
    """One view of the page: what its pieces share.

    `known` are the Regions in the order of the page. Those without a known rule, and `quiet` ones,
    stand side by side.
    """

    request: ConsoleRequest
    query: RuleQuery
    openness: Openness
    known: Sequence[RegionSection] = ()
    quiet: frozenset[str] = frozenset()
    fold: ClosedFold = NO_FOLD
    group: str = field(init=False)
    table: RuleTable = field(init=False)
    selection: Selection = field(init=False)

    def __post_init__(self) -> None:
        self._query_string = self.request.GET.urlencode()
        self.group = group_of(self.request)
        self.selection = Selection.of(self.request.GET)
        self.table = RuleTable(
            request=self.request,
            query=self.query,
            many_regions=self.group != BY_REGION,
            selection=self.selection,
        )
        self.quiet |= {each.region.code for each in self.known if not each.all_rows}
        heights = [REGION_HEIGHT + ROW_HEIGHT * len(each.rows) for each in self.known if each.rows]
        self._far = {
            each.region.code
            for each, above in zip(self.known, accumulate(heights, initial=0), strict=False)
            if above > FAR_BELOW
        }

    def shell(self) -> dict[str, Any]:
        """The context of all that is there before the first Region answers."""
        return {
            **header_of(self.request, self.query, self.group, self.fold),
            "group": self.group,
            **self._selected(self.known),
            "was_empty": self._was_empty,
            "default_region": self._default_region,
            "summary": closing.known_summary(self.known),
            "fold": self.fold,
            "places": [self._place(each) for each in self.known] if self._is_by_region else [],
        }

    def credentials(self, section: RegionSection) -> str:
        """What is wrong with the credentials in every Region, once."""
        return render_to_string("overview/_summary.html#credentials", {"error": section.error})

    def section(self, section: RegionSection) -> str:
        """One Region; nothing where the rules of all Regions stand in common tables at the end."""
        if not self._is_by_region:
            return ""
        has_rows = self.openness.has_rows(section)
        code = section.region.code
        context = {
            "section": section,
            "is_fragment": bool(self.request.htmx),
            "is_quiet": code in self.quiet,
            "is_far": code in self._far,
            "is_open": has_rows and self.openness.opens(section),
            "has_rows": has_rows,
            "failures": section.failures[:FAILURES_SHOWN],
            "further_failures": len(section.failures) - FAILURES_SHOWN,
            "retry_query": f"{self._query_string}{'&quiet=1' if code in self.quiet else ''}",
            "open_query": f"{self._query_string}&open={code}".lstrip("&"),
            "query_string": self._query_string,
            "table": self._table(section, section.rows if has_rows else []),
        }
        return render_to_string("overview/_region.html", context)

    def closing(self, sections: list[RegionSection]) -> str:
        """The counts, and the tables over all Regions."""
        summary = closing.summary_of(sections)
        context: dict[str, Any] = {
            "query": self.query,
            "summary": summary,
            "is_by_region": self._is_by_region,
            "is_empty": not (summary.rules or summary.silent or self.query.is_filtered),
            "was_empty": self._was_empty,
            "default_region": self._default_region,
            "without_secret": [each for each in sections if each.without_secret],
            "fold": self.fold.without(sections),
        }
        if self.group == FLAT:
            size = table_look_of(self.request).page_size
            page = Paginator(self._rows(sections), size).get_page(self.request.GET.get("page"))
            context["page"] = page
            context["pages"] = self.table.pages(page)
            context["groups"] = closing.one_table(list(page.object_list), self.table)
        elif self.group == BY_REGISTRY:
            context["groups"] = closing.by_registry(self._rows(sections), self.table)
        elif self.group == MATRIX:
            columns = matrix.matrix_columns(sections, self.query)
            may_work = {region.code for region in regions_to_begin_in(self.request)}
            lines = matrix.matrix_of(columns, may_work=may_work)
            context |= {"columns": columns, "matrix": lines}
        answered = [section for section in sections if section.error is None]
        # After the tables, which know their rows then.
        context |= self._selected(answered)
        return render_to_string("overview/_closing.html", context, self.request)

    def _selected(self, sections: Sequence[RegionSection]) -> dict[str, Any]:
        """Return how many rules can be selected, and which are selected but not on the page."""
        workable = {region.code for region in regions_to_begin_in(self.request)}
        own = [section for section in sections if section.region.code in workable]
        return {
            "selects": bool(workable) and self.group != MATRIX,
            "selection": self.selection,
            "rule_count": sum(len(section.all_rows) for section in own),
            "match_count": sum(len(section.rows) for section in own),
            "selected_elsewhere": self.selection.elsewhere(self.table.selectable),
        }

    @property
    def _is_by_region(self) -> bool:
        return self.group == BY_REGION

    @property
    def _default_region(self) -> Region | None:
        """Where a rule begins that is added to an empty account."""
        return next(iter(regions_to_begin_in(self.request)), None)

    @property
    def _was_empty(self) -> bool:
        """Whether no Region is known to have a rule, and each was read."""
        is_read = all(each.read_at and not each.all_rows for each in self.known)
        return is_read and not self.query.is_filtered

    def _place(self, section: RegionSection) -> Place:
        is_open = bool(section.rows) and self.openness.before_the_answer(section)
        # Nobody sees what moves far below, so a line is place enough.
        is_far = section.region.code in self._far
        return Place(
            section=section,
            is_quiet=section.region.code in self.quiet,
            is_far=is_far,
            is_open=is_open,
            failures=[] if is_open else section.failures[:FAILURES_SHOWN],
            table=self._table(section, section.rows if is_open and not is_far else []),
        )

    def _rows(self, sections: list[RegionSection]) -> list[RuleRow]:
        """The rules of all Regions in the order of the query."""
        return self.query.apply(row for section in sections for row in section.rows)

    def _table(self, section: RegionSection, rows: list[RuleRow]) -> SafeString:
        if not rows:
            return SafeString()
        heading = f"region-{section.region.code}-heading"
        return self.table.render(rows, labelled_by=heading, is_silent=bool(section.read_at))
