"""Which Regions of the all-Regions page are open, and which have their rules on the page."""

from collections.abc import Collection, Iterable

from wizard.domain import Target
from wizard.services.last_known import count_rules
from wizard.views.overview_sections import COLLAPSE_FROM, RegionSection
from wizard.views.rows import RuleQuery


class Openness:
    """Which Regions are open, and which have their rows on the page at all.

    A section is sent when its Region answers, before the total is known. Below COLLAPSE_FROM rules,
    the Regions that were known to have some are open: their place on the page was as large from the
    beginning. A Region in which rules turn up has its rows in a closed section. From COLLAPSE_FROM
    rules on, by what was known or by what was sent so far, only the Regions that the person opened
    (`chosen`) have their rows.
    """

    def __init__(
        self, *, expected: int, chosen: Iterable[str], known: Collection[str] | None = None
    ) -> None:
        self._expected = expected
        self._chosen = frozenset(chosen)
        self._known = known
        self._so_far = 0

    @classmethod
    def of_section(
        cls, query: RuleQuery, *, viewed: Collection[Target], chosen: Iterable[str]
    ) -> "Openness":
        """For one Region alone, on a page with these Regions."""
        expected = 0 if query.is_filtered else count_rules(targets=viewed)
        return cls(expected=expected, chosen=chosen)

    @classmethod
    def of_page(cls, known: Iterable[RegionSection], *, chosen: Iterable[str]) -> "Openness":
        """`known` are the sections as last known."""
        counts = {section.region.code: len(section.rows) for section in known}
        return cls(
            expected=sum(counts.values()),
            chosen=chosen,
            known={code for code, count in counts.items() if count},
        )

    def before_the_answer(self, section: RegionSection) -> bool:
        """Whether the place of a Region shows its rows as last known."""
        return self._is_chosen(section) or self._expected < COLLAPSE_FROM

    def has_rows(self, section: RegionSection) -> bool:
        """Whether the rows are on the page; asked once for each section, which it counts."""
        self._so_far += len(section.rows)
        return self._is_chosen(section) or max(self._expected, self._so_far) < COLLAPSE_FROM

    def opens(self, section: RegionSection) -> bool:
        """Whether a Region that has its rows on the page is open."""
        is_known = self._known is None or section.region.code in self._known
        return is_known or self._is_chosen(section)

    def _is_chosen(self, section: RegionSection) -> bool:
        return section.region.code in self._chosen
