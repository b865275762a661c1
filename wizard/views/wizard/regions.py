"""The Regions on the review: selection, storage in the draft, and plans before Create."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from wizard.domain import Rule, RuleDraft, Step, Target
from wizard.domain.namespaces import RepositoryNames
from wizard.drafting import store
from wizard.drafting.interrupted import put_kept_errors
from wizard.drafting.steps import FurtherRegionsForm
from wizard.forms.operation import CredentialForm
from wizard.services.last_known import upstreams_of
from wizard.services.operations import (
    RegionPlan,
    asks_for_credential,
    is_done_at_home,
    own_plan,
    plans_of,
)
from wizard.services.repositories import covered_already
from wizard.views.wizard import progress
from wizard.views.wizard.last_choices import LastRegions, last_regions
from wizard.views.wizard.region_plans import PlanRow, plan_row
from wizard.views.wizard.review_form import REVIEW_FIELDS, offered_regions, planned_draft
from wizard.views.wizard.summary import repositories_text
from wizard.web import ConsoleRequest, at_target, load_own_draft, see_other, takes


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherRegions:
    """The section of the review: the form, and the plans of the selected Regions.

    `planned` are the plans of the rows. `exists` says that the rule exists in the draft's own
    Region and Create has nothing to do there. `last` are the Regions of the person's last rule.
    """

    form: FurtherRegionsForm
    credential_form: CredentialForm
    own: PlanRow
    plans: list[PlanRow]
    planned: list[RegionPlan]
    exists: bool
    last: LastRegions | None

    @property
    def listed(self) -> list[PlanRow]:
        """All plans, with the own Region first."""
        return [self.own, *self.plans]

    @property
    def count(self) -> int:
        """The number of Regions in which a rule is created, including the draft's own."""
        return (not self.exists) + sum(plan.makes_rule for plan in self.plans)

    @property
    def rules_elsewhere(self) -> int:
        """The number of further Regions in which a rule is created."""
        return sum(plan.makes_rule for plan in self.plans)

    @property
    def calls(self) -> int:
        """The number of AWS calls in the further Regions; a secret is replicated to all at once."""
        return sum(plan.calls for plan in self.plans) + any(plan.replicates for plan in self.plans)

    @property
    def create_label(self) -> str:
        """The label of the button."""
        if self.count == 1 and not self.exists:
            return _("Create")
        return ngettext("Create in %d Region", "Create in %d Regions", self.count) % self.count


@sensitive_post_parameters("access_token")
@require_POST
@takes(*REVIEW_FIELDS)
@at_target
def draft_regions(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Save the selected Regions in the draft, and redirect to the review with their plans."""
    return store.again_if_changed(lambda: _draft_regions(request, draft_id))


def _draft_regions(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    draft = load_own_draft(request, draft_id)
    if draft.next_open_step is Step.REVIEW:
        store.save_changed(draft, planned_draft(request, draft))
    return see_other(plan_url(draft))


def plan_url(draft: RuleDraft) -> str:
    """Return the address of the plans on the review."""
    return f"{progress.step_url(draft, Step.REVIEW)}#further-heading"


def readable_regions(request: ConsoleRequest, draft: RuleDraft) -> tuple[str, ...]:
    """Return the additional Regions of the draft in which the person has the role.

    One may have been selected before the person lost the role there: it is not read.
    """
    codes = {region.code for region in offered_regions(request)}
    return tuple(code for code in draft.further_regions if code in codes)


def further_regions(
    request: ConsoleRequest,
    draft: RuleDraft,
    *,
    rules: Collection[Rule],
) -> FurtherRegions | None:
    """Return the section of the review; None for a replacement, which has one Region.

    `rules` are those of the draft's own Region.
    """
    if draft.replaces is not None:
        return None
    own, offered = own_plan(draft, rules), offered_regions(request)
    planned = plans_of(replace(draft, further_regions=readable_regions(request, draft)))
    plans = [plan for plan in planned if plan.target != draft.target]
    return FurtherRegions(
        form=FurtherRegionsForm(draft=draft, offered=offered, notes=_notes(draft)),
        credential_form=_credential_form(draft, is_needed=asks_for_credential(draft, plans)),
        own=plan_row(own, is_own=True),
        plans=[plan_row(plan) for plan in plans],
        planned=plans,
        exists=is_done_at_home(draft, own),
        last=last_regions(draft, offered),
    )


def with_repositories(
    further: FurtherRegions, draft: RuleDraft, names: Mapping[Target, RepositoryNames | None]
) -> FurtherRegions:
    """Return the section with what the rule would cover already in each Region that gets it."""

    def told(plan: RegionPlan) -> str:
        count = covered_already(draft, plan.rules, names.get(plan.target))
        return repositories_text(count) if plan.makes_rule else ""

    rows = zip(further.plans, further.planned, strict=True)
    return replace(further, plans=[replace(row, repositories=told(plan)) for row, plan in rows])


def _credential_form(draft: RuleDraft, *, is_needed: bool) -> CredentialForm:
    """Return the form with the user name that was typed, and its errors if it was refused."""
    form = CredentialForm(initial=draft.typed.get(Step.REVIEW), is_needed=is_needed)
    if is_needed:
        put_kept_errors(form, draft, Step.REVIEW)
    return form


def _notes(draft: RuleDraft) -> dict[str, str]:
    """Return what is known of Regions that have a rule with the prefix, by their codes."""
    known = upstreams_of(
        account_id=draft.target.account_id, ecr_repository_prefix=draft.cache_prefix
    )
    return {
        code: _("Rule exists") if url == draft.upstream_registry_url else _("Prefix in use")
        for code, url in known.items()
    }
