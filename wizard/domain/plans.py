"""The steps of the wizard and their order, for each kind of access.

The four plans are those of the Amazon ECR user guide. In its cross-account procedure, step 2 ends
with "choose Create" although two steps follow; the wizard has Next there.
"""

from dataclasses import dataclass
from enum import StrEnum

from wizard.domain.registries import Access, UpstreamRegistry


class Step(StrEnum):
    """A step of the wizard; the value is its part of the URL."""

    SOURCE = "source"
    UPSTREAM = "upstream"
    AUTHENTICATION = "authentication"
    PERMISSIONS = "permissions"
    DESTINATION = "destination"
    NAMESPACES = "namespaces"
    REVIEW = "review"

    @property
    def form_step(self) -> "Step":
        """Return the step that names its form: the first step has two titles and one form."""
        return Step.SOURCE if self is Step.UPSTREAM else self


@dataclass(frozen=True, slots=True)
class StepPlan:
    """The steps of one wizard in order; the last one is the review."""

    steps: tuple[Step, ...]

    @property
    def first(self) -> Step:
        return self.steps[0]

    def number(self, step: Step) -> int:
        """Return the position, starting at 1; raises ValueError for a step not in the plan."""
        return self.steps.index(step) + 1

    def before(self, step: Step) -> Step | None:
        number = self.number(step)
        return self.steps[number - 2] if number > 1 else None

    def after(self, step: Step) -> Step:
        """Return the next step; the review follows itself."""
        return self.steps[min(self.number(step), len(self.steps) - 1)]


_PLANS = {
    Access.OPEN: StepPlan((Step.SOURCE, Step.DESTINATION, Step.REVIEW)),
    Access.SECRET: StepPlan((Step.SOURCE, Step.AUTHENTICATION, Step.DESTINATION, Step.REVIEW)),
    Access.SAME_ACCOUNT: StepPlan((Step.UPSTREAM, Step.NAMESPACES, Step.REVIEW)),
    Access.CROSS_ACCOUNT: StepPlan((Step.UPSTREAM, Step.PERMISSIONS, Step.NAMESPACES, Step.REVIEW)),
}


def plan_for(registry: UpstreamRegistry | None) -> StepPlan:
    """Return the plan of a registry, or the shortest plan if none is chosen."""
    return _PLANS[registry.access if registry else Access.OPEN]
