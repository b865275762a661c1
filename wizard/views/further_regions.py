"""The review's Regions: further ones are chosen, kept in the draft, and planned before Create."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from wizard.domain.grants import Role
from wizard.domain.regions import Region
from wizard.domain.rules import Rule
from wizard.drafting import store
from wizard.drafting.drafts import RuleDraft
from wizard.drafting.plans import Step
from wizard.drafting.steps.further_regions import FurtherRegionsForm
from wizard.forms.operation import CredentialForm
from wizard.services import places
from wizard.services.operations.plans import (
    PlanState,
    RegionPlan,
    asks_for_credential,
    own_plan,
    plans_of,
)
from wizard.views import progress
from wizard.views.error_lines import error_line
from wizard.web.posted import takes
from wizard.web.requests import ConsoleRequest, at_target, load_own_draft, targets_of
from wizard.words.errors import ErrorView, error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One Region as the review shows it; `taken_by` is the upstream of the rule in the way."""

    region: Region
    words: str
    makes_rule: bool
    taken_by: str
    error: ErrorView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherRegions:
    """The review's section: the form, and the plan of what is chosen in it.

    `exists` says that the rule exists in the draft's own Region, so that nothing is created there.
    """

    form: FurtherRegionsForm
    credential_form: CredentialForm
    own: PlanRow
    plans: list[PlanRow]
    exists: bool

    @property
    def listed(self) -> list[PlanRow]:
        """All plans, the own Region's first."""
        return [self.own, *self.plans]

    @property
    def count(self) -> int:
        """In how many Regions a rule is created, the draft's own among them."""
        return (not self.exists) + sum(plan.makes_rule for plan in self.plans)

    @property
    def create_label(self) -> str:
        """What the button says."""
        if self.count == 1 and not self.exists:
            return _("Create")
        return ngettext("Create in %d Region", "Create in %d Regions", self.count) % self.count


@sensitive_post_parameters("access_token")
@require_POST
@takes(FurtherRegionsForm, CredentialForm, "shown")
@at_target
def draft_regions(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Keep the chosen Regions in the draft, and show their plan on the review."""
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


def further_regions(
    request: ConsoleRequest,
    draft: RuleDraft,
    *,
    rules: Collection[Rule],
    credential_form: CredentialForm | None = None,
) -> FurtherRegions | None:
    """The section for the review; None for a replacement, which is of one Region.

    `rules` are those of the draft's own Region.
    """
    if draft.replaces is not None:
        return None
    own = own_plan(draft, rules)
    plans = [plan for plan in plans_of(draft) if plan.target != draft.target]
    return FurtherRegions(
        form=FurtherRegionsForm(draft=draft, offered=_offered(request)),
        credential_form=credential_form
        or CredentialForm(is_needed=asks_for_credential(draft, plans)),
        own=replace(_shown(own), words=_own_words(own)),
        plans=[_shown(plan) for plan in plans],
        exists=own.state is PlanState.EXISTS,
    )


def tell_left_out(request: ConsoleRequest, plans: Iterable[RegionPlan]) -> None:
    """Name each planned Region in which nothing was begun, and why."""
    for plan in plans:
        line = f"{places.region_named(plan.target.region).label}: {plan_words(plan)}"
        if plan.error is None:
            messages.info(request, line)
        else:
            messages.error(request, f"{line} {error_line(plan.error)}")


def plan_words(plan: RegionPlan) -> str:
    """What is created in the Region, or why nothing is."""
    words = {
        PlanState.READY: _("Create the rule."),
        PlanState.NEEDS_CREDENTIAL: _("Create the secret, then the rule."),
        PlanState.REPLICA: _("Replicate the secret, then create the rule."),
        PlanState.EXISTS: _("Nothing: the rule exists there exactly as it is here."),
        PlanState.TAKEN: _("Nothing: another rule has this prefix there."),
        PlanState.OWN_UPSTREAM: _("Nothing: the upstream registry is that of this very Region."),
        PlanState.FULL: _("Nothing: the Region has as many rules as AWS allows."),
        PlanState.SECRET_PROBLEM: _(
            "Nothing: the secret there has no value or is scheduled for deletion."
        ),
        PlanState.UNREADABLE: _(
            "Not known: the Region could not be read. The result says whether the rule was created."
        ),
    }
    return words[plan.state]


def _own_words(plan: RegionPlan) -> str:
    """The same for the draft's own Region, where Create lets AWS refuse what cannot be created."""
    words = {
        PlanState.EXISTS: _("Nothing: the rule exists there exactly as it is."),
        PlanState.TAKEN: _("AWS refuses it: another rule has this prefix."),
        PlanState.FULL: _("AWS refuses it: the Region has as many rules as AWS allows."),
    }
    return words.get(plan.state) or plan_words(plan)


def _offered(request: ConsoleRequest) -> list[Region]:
    return [
        places.region_named(target.region)
        for target in targets_of(request, Role.OPERATOR)
        if target != request.target
    ]


def _shown(plan: RegionPlan) -> PlanRow:
    taken_by = plan.taken_by if plan.state is PlanState.TAKEN else None
    return PlanRow(
        region=places.region_named(plan.target.region),
        words=plan_words(plan),
        makes_rule=plan.makes_rule,
        taken_by=taken_by.upstream_registry_url if taken_by else "",
        error=error_view(plan.error) if plan.error else None,
    )
