"""The frame of the wizard: step list, URLs, and the refusal at its step."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from wizard.domain import (
    NEW_SECRET,
    Rule,
    RuleDraft,
    Step,
    Target,
    plan_for,
)
from wizard.domain.errors import AwsError, recorded_error
from wizard.drafting.interrupted import put_errors
from wizard.drafting.steps import PAGES, StepForm
from wizard.views.wizard import replacement
from wizard.views.wizard.replacement import Banner
from wizard.words import ErrorView, Text, error_view

RETURN = "return"
LEFT = "left"


class StepState(StrEnum):
    """The states of a step in the step list."""

    ACTIVE = "active"
    VISITED = "visited"
    UNVISITED = "unvisited"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """An entry of the step list; `url` is None if the step is not reachable yet."""

    step: Step
    number: int
    title: Text
    state: StepState
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WizardView:
    """The frame around a step's form.

    `is_form` is false for the review, which has no answers of its own to keep.
    `discard_secret_url` is empty unless the draft created a secret whose rule does not exist.
    """

    draft_id: str
    journey: Text
    replaces: Banner | None
    steps: list[StepView]
    current: StepView
    is_form: bool
    description: Text
    previous: Step | None
    previous_url: str
    cancel_url: str
    action_url: str
    plan_url: str
    refusal: ErrorView | None
    notice: str
    is_rule_lost: bool
    restore_secret_url: str
    discard_secret_url: str

    @property
    def number(self) -> int:
        return self.current.number

    @property
    def title(self) -> Text:
        return self.current.title

    @property
    def count(self) -> int:
        return len(self.steps)


def wizard_view(
    request: HttpRequest, draft: RuleDraft, step: Step, *, refusal: AwsError | None
) -> WizardView:
    """Return the frame of a step's page."""
    steps = [_step_view(draft, each, active=step) for each in draft.plan.steps]
    before, is_rule_lost = draft.plan.before(step), replacement.is_rule_lost(draft)
    return WizardView(
        draft_id=draft.draft_id,
        journey=replacement.journey(draft),
        replaces=replacement.banner_of(draft, step),
        steps=steps,
        current=steps[draft.plan.number(step) - 1],
        is_form=step is not Step.REVIEW,
        description=PAGES[step].description,
        previous=before,
        previous_url=step_url(draft, before) if before else "",
        cancel_url=cancel_url(draft, left=step),
        action_url=action_url(request, draft, step),
        plan_url=_draft_url("draft-plan", draft),
        refusal=error_view(refusal) if refusal else None,
        notice=_notice(draft, step, is_rule_lost=is_rule_lost),
        is_rule_lost=is_rule_lost,
        restore_secret_url=_draft_url("secret-restore", draft),
        discard_secret_url=_draft_url("secret-discard", draft) if _has_orphan(draft) else "",
    )


def step_url(draft: RuleDraft, step: Step) -> str:
    return _draft_url("draft-step", draft, step=step.value)


def edit_url(draft: RuleDraft, step: Step) -> str:
    """Return the address of the step that returns to the review afterwards."""
    return f"{step_url(draft, step)}?{RETURN}={Step.REVIEW}"


def cancel_url(draft: RuleDraft, *, left: Step) -> str:
    """Return the address of the question before leaving; `left` is the step to come back to."""
    return f"{_draft_url('draft-cancel', draft)}?{LEFT}={left}"


def preview_url(draft: RuleDraft, step: Step) -> str:
    return _draft_url("draft-preview", draft, step=step.value)


def regions_url(draft: RuleDraft) -> str:
    """Return the address that saves the further Regions of the review."""
    return _draft_url("draft-regions", draft)


def progress_url(draft: RuleDraft) -> str:
    """Return the address that tells a script how far the Create of the draft is."""
    return _draft_url("draft-progress", draft)


def draft_path(draft: RuleDraft) -> str:
    """Return the common path of a draft's URLs, which is the path of its cookie."""
    return step_url(draft, Step.REVIEW).removesuffix(f"{Step.REVIEW}/")


def next_url(request: HttpRequest, draft: RuleDraft, answered: Step) -> str:
    """Return the address of the next step, or of the review if no other step is open."""
    step = answered if answered in draft.plan.steps else draft.plan.first
    wanted = Step.REVIEW if _returns(request) else draft.plan.after(step)
    if not draft.is_reachable(wanted):
        wanted = draft.next_open_step
    if _returns(request) and wanted is not Step.REVIEW:
        return edit_url(draft, wanted)
    return step_url(draft, wanted)


def refusal_for(draft: RuleDraft, step: Step) -> AwsError | None:
    """Return the refusal of the last Create if it belongs to this step, else None."""
    if draft.refusal is None:
        return None
    error = recorded_error(draft.refusal)
    return error if step_of(draft, error) is step else None


def step_of(draft: RuleDraft, error: AwsError) -> Step:
    """Return the step with the field that the error is about; otherwise the review."""
    field = error_view(error).field
    for step in draft.plan.steps:
        if field and field in PAGES[step].form.base_fields and draft.is_reachable(step):
            return step
    return Step.REVIEW


def put_at_field(form: StepForm, error: AwsError) -> None:
    """Add AWS's refusal to the field that it is about."""
    view = error_view(error)
    if view.field in form.fields:
        put_errors(form, form.shown_field(view.field), [f"{view.title}. {view.remedy}"])


def _step_view(draft: RuleDraft, step: Step, *, active: Step) -> StepView:
    is_reachable = draft.is_reachable(step)
    state = StepState.VISITED if is_reachable else StepState.UNVISITED
    return StepView(
        step=step,
        number=draft.plan.number(step),
        title=PAGES[step].title,
        state=StepState.ACTIVE if step is active else state,
        url=step_url(draft, step) if is_reachable else None,
    )


def action_url(request: HttpRequest, draft: RuleDraft, step: Step) -> str:
    """Return the address that the form of the step is sent to."""
    if step is Step.REVIEW:
        return _draft_url("draft-confirm", draft)
    return edit_url(draft, step) if _returns(request) else step_url(draft, step)


def _returns(request: HttpRequest) -> bool:
    return request.GET.get(RETURN) == Step.REVIEW


def _notice(draft: RuleDraft, step: Step, *, is_rule_lost: bool) -> str:
    """Return a notice about a rule that is lost, a secret that was created, a credential that is
    not kept, or changes that were not saved.
    """
    if draft.replaces and is_rule_lost:
        return _(
            "The rule %(prefix)s was deleted for the replacement and hasn't been restored. To"
            " create the new rule, choose Create. To restore the old rule, open Operations."
        ) % {"prefix": draft.replaces.ecr_repository_prefix}
    if _has_orphan(draft):
        name = draft.existing_secret_name
        return _(
            "The secret %(name)s was created, but the rule wasn't. When you choose Create"
            " again, the console uses this secret. Its ARN is %(arn)s."
        ) % {"name": name, "arn": draft.made_secret_arn}
    if step is Step.AUTHENTICATION and draft.makes_secret and not draft.sealed_credential:
        return _(
            "Enter the credentials again. The console keeps them for 15 minutes, for this"
            " browser only."
        )
    if step is Step.AUTHENTICATION and _has_lost_token(draft):
        return _("Enter the access token again. The console doesn't keep it until you choose Next.")
    if step is Step.REVIEW and (unsaved := _unsaved_titles(draft)):
        return _(
            "You changed %(steps)s, but didn't choose Next. The console creates the rule with"
            " the answers below. To use your changes, edit the step and choose Next."
        ) % {"steps": ", ".join(unsaved)}
    return ""


def _has_lost_token(draft: RuleDraft) -> bool:
    """Whether a new secret was typed in the step and left or refused, its token with it."""
    source = draft.typed.get(Step.AUTHENTICATION, {}).get("credential_source")
    return source == NEW_SECRET and not draft.sealed_credential


def _unsaved_titles(draft: RuleDraft) -> list[str]:
    """Return the titles of the steps with changes that are no answers."""
    return [
        str(PAGES[step].review_title)
        for step in draft.plan.steps
        if step.form_step in draft.typed and step is not Step.REVIEW
    ]


def tell_of_role_left(request: HttpRequest, rule: Rule) -> None:
    """Flash that the role of a rule is not copied, if its kind of upstream has none."""
    if rule.custom_role_arn and Step.PERMISSIONS not in plan_for(rule.registry).steps:
        text = _("The role %(arn)s isn't used because this upstream registry doesn't need a role.")
        messages.warning(request, text % {"arn": rule.custom_role_arn})


def _has_orphan(draft: RuleDraft) -> bool:
    """Whether this draft created a secret whose rule was refused."""
    return bool(draft.refusal and draft.uses_made_secret)


def _draft_url(name: str, draft: RuleDraft, step: str = "") -> str:
    return _url_of(name, draft.draft_id, draft.target, step)


@lru_cache(maxsize=4096)
def _url_of(name: str, draft_id: str, target: Target, step: str) -> str:
    """Return an address of a draft. A page has a dozen, most of them those of the page before."""
    parts = {"account_id": target.account_id, "region": target.region, "draft_id": draft_id}
    return reverse(name, kwargs={**parts, "step": step} if step else parts)
