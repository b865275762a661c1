"""The review's further Regions: chosen, kept in the draft, and planned before anything is made."""

from dataclasses import dataclass, replace

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from wizard.domain.grants import Role
from wizard.domain.regions import Region
from wizard.drafting import store
from wizard.drafting.drafts import RuleDraft
from wizard.drafting.plans import Step
from wizard.drafting.steps.further_regions import FurtherRegionsForm
from wizard.services import places
from wizard.services.operations.plans import CopyPlan, plans_of
from wizard.views import progress
from wizard.views.copies import plan_words
from wizard.web.posted import takes
from wizard.web.requests import ConsoleRequest, at_target, load_own_draft, targets_of
from wizard.words.errors import ErrorView, error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPlan:
    """One further Region as the review shows it."""

    region: Region
    words: str
    makes_rule: bool
    error: ErrorView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherRegions:
    """The review's section: the form, and the plan of what is chosen in it."""

    form: FurtherRegionsForm
    plans: list[RegionPlan]

    @property
    def count(self) -> int:
        """In how many Regions a rule would be made, the draft's own among them."""
        return 1 + sum(plan.makes_rule for plan in self.plans)

    @property
    def create_label(self) -> str:
        """What the button says."""
        if self.count == 1:
            return _("Create")
        return ngettext("Create in %d Region", "Create in %d Regions", self.count) % self.count


@require_POST
@takes(FurtherRegionsForm, "shown")
@at_target
def draft_regions(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Keep the chosen Regions in the draft, and show on the review what they come to."""
    draft = load_own_draft(request, draft_id)
    if draft.next_open_step is Step.REVIEW and draft.replaces is None:
        chosen = chosen_regions(request, draft)
        if chosen is not None and chosen != draft:
            store.save_draft(chosen)
    return HttpResponseRedirect(progress.step_url(draft, Step.REVIEW), status=303)


def chosen_regions(request: ConsoleRequest, draft: RuleDraft) -> RuleDraft | None:
    """The draft with the Regions of the form that was sent; None when the form is not valid.

    A replacement has no such form and stays as it is.
    """
    if draft.replaces is not None:
        return draft
    form = FurtherRegionsForm(request.POST, draft=draft, offered=_offered(request))
    return replace(draft, **form.chosen()) if form.is_valid() else None


def further_regions(request: ConsoleRequest, draft: RuleDraft) -> FurtherRegions | None:
    """The section for the review; None for a replacement, which is of one Region."""
    if draft.replaces is not None:
        return None
    form = FurtherRegionsForm(draft=draft, offered=_offered(request))
    return FurtherRegions(form=form, plans=[_shown(plan) for plan in plans_of(draft)])


def _offered(request: ConsoleRequest) -> list[Region]:
    return [
        places.region_named(target.region)
        for target in targets_of(request, Role.OPERATOR)
        if target != request.target
    ]


def _shown(plan: CopyPlan) -> RegionPlan:
    return RegionPlan(
        region=places.region_named(plan.target.region),
        words=plan_words(plan),
        makes_rule=plan.makes_rule,
        error=error_view(plan.error) if plan.error else None,
    )
