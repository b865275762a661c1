"""The closed Regions of the all-Regions page: one line for all, unless they are asked for."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.utils.translation import ngettext

from wizard.domain import Region, Role, Target
from wizard.models import ClosedRegion, ClosingReason
from wizard.services import access, places
from wizard.services.closed_regions import closed_regions, is_due
from wizard.views.overview_sections import RegionSection
from wizard.views.rows import RuleQuery
from wizard.web import ConsoleRequest, account_regions_of

# The parameter of the page that shows them as the others.
SHOWN: Final = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedFold:
    """The closed Regions that the person may look at, and whether the page shows them.

    Without that, those that are `due` are asked with the others, and shown if they answer.
    """

    rows: tuple[ClosedRegion, ...] = ()
    is_shown: bool = False

    @classmethod
    def of(cls, request: ConsoleRequest, query: RuleQuery) -> "ClosedFold":
        """Return that of a page; nothing is read while no Region is closed."""
        folded = account_regions_of(request, request.account_id).folded
        codes = {
            region.code
            for region in access.regions_of(
                user=request.user,
                role=Role.VIEWER,
                account_id=request.account_id,
                regions=folded,
            )
        }
        if not codes:
            return cls()
        found = closed_regions(account_id=request.account_id)
        return cls(
            rows=tuple(row for row in found if row.region in codes),
            is_shown=SHOWN in request.GET or query.region in codes,
        )

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def shown_regions(self) -> list[Region]:
        """The Regions that the page shows as the others."""
        return [places.region_named(row.region) for row in self.rows if self.is_shown]

    @property
    def asked(self) -> list[Target]:
        """The Regions of these that are asked with the others."""
        return [row.target for row in self.rows if self.is_shown or is_due(row)]

    @property
    def waiting(self) -> list[str]:
        """The codes of those that have a place on the page only if they answer."""
        return [] if self.is_shown else [target.region for target in self.asked]

    def hides(self, section: RegionSection) -> bool:
        """Whether an answer is not shown: that of a Region that is still closed."""
        return section.error is not None and section.region.code in self.waiting

    def without(self, sections: Collection[RegionSection]) -> "ClosedFold":
        """Return the fold at the end of the page, without Regions that answered."""
        shown = {section.region.code for section in sections}
        rows = self.rows if self.is_shown else [r for r in self.rows if r.region not in shown]
        return ClosedFold(rows=tuple(rows), is_shown=self.is_shown)

    @property
    def texts(self) -> list[str]:
        """Return how many are closed for which reason, in sentences."""
        numbers = Counter(row.reason for row in self.rows)
        policy, off = numbers[ClosingReason.POLICY], numbers[ClosingReason.NOT_ENABLED]
        found = []
        if policy:
            found.append(
                ngettext(
                    "A service control policy denies %(number)d Region.",
                    "A service control policy denies %(number)d Regions.",
                    policy,
                )
                % {"number": policy}
            )
        if off:
            found.append(
                ngettext(
                    "%(number)d Region isn't enabled.", "%(number)d Regions aren't enabled.", off
                )
                % {"number": off}
            )
        return found


NO_FOLD: Final = ClosedFold()
