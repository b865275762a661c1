"""Which steps the wizard has, in what order, for each kind of access.

The four shapes are those of the Amazon ECR user guide. Its cross-account procedure ends step 2
with "choose Create" though two steps follow; there, too, the wizard goes on with Next.
"""

from dataclasses import dataclass
from enum import StrEnum

from wizard.domain.registries import Access, UpstreamRegistry


class Step(StrEnum):
    """A page of the wizard; the value is its part of the URL."""

    SOURCE = "source"
    UPSTREAM = "upstream"
    AUTHENTICATION = "authentication"
    PERMISSIONS = "permissions"
    DESTINATION = "destination"
    NAMESPACES = "namespaces"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class StepPlan:
    """The steps of one wizard, first to last; the last is always the review."""

    steps: tuple[Step, ...]

    @property
    def first(self) -> Step:
        return self.steps[0]

    def number(self, step: Step) -> int:
        """Position as people count: the first step is 1. ValueError for a step not in the plan."""
        return self.steps.index(step) + 1

    def before(self, step: Step) -> Step | None:
        number = self.number(step)
        return self.steps[number - 2] if number > 1 else None

    def after(self, step: Step) -> Step:
        """The step that Next leads to; the review stays at the review."""
        return self.steps[min(self.number(step), len(self.steps) - 1)]


_PLANS = {
    Access.OPEN: StepPlan((Step.SOURCE, Step.DESTINATION, Step.REVIEW)),
    Access.SECRET: StepPlan((Step.SOURCE, Step.AUTHENTICATION, Step.DESTINATION, Step.REVIEW)),
    Access.SAME_ACCOUNT: StepPlan((Step.UPSTREAM, Step.NAMESPACES, Step.REVIEW)),
    Access.CROSS_ACCOUNT: StepPlan((Step.UPSTREAM, Step.PERMISSIONS, Step.NAMESPACES, Step.REVIEW)),
}


def plan_for(registry: UpstreamRegistry | None) -> StepPlan:
    """Return the plan of a registry; before one is chosen, the shortest."""
    return _PLANS[registry.access if registry else Access.OPEN]
