"""The steps of the wizard: one URL per step, and a redirect after each POST."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from wizard.domain import RuleDraft, Step
from wizard.domain.errors import UnknownStep
from wizard.drafting import store
from wizard.drafting.interrupted import keep_typed_answers, was_interrupted
from wizard.drafting.shown import SHOWN, changed_elsewhere
from wizard.drafting.steps import PAGES, StepForm
from wizard.services import operations
from wizard.views.operations.titles import batch_url
from wizard.views.wizard import progress
from wizard.views.wizard.changed_elsewhere import tell_closed_step
from wizard.views.wizard.credentials import without_stale_credential
from wizard.views.wizard.review import show_review
from wizard.views.wizard.step_answer import GO, answer_step
from wizard.views.wizard.step_page import show_step
from wizard.web import ConsoleRequest, at_target, load_own_draft, see_other, takes


@sensitive_post_parameters("access_token")
@require_http_methods(["GET", "HEAD", "POST"])
@takes(GO, SHOWN, by_url=lambda step, **_parts: _form_of(step))
@at_target
def draft_step(request: ConsoleRequest, draft_id: str, step: str) -> HttpResponse:
    """Show a step; on POST, save its answers and redirect to the next step."""
    if request.method != "POST":
        return _draft_step(request, draft_id, step)
    return store.again_if_changed(lambda: _draft_step(request, draft_id, step))


def _draft_step(request: ConsoleRequest, draft_id: str, step: str) -> HttpResponse:
    operation = operations.settled_operation(draft_id=draft_id, target=request.target)
    draft = loaded = load_own_draft(request, draft_id)
    if operation is not None:  # guard: W8
        messages.info(request, _("You already created this rule. Nothing was changed."))
        return see_other(batch_url(operation))
    if step not in list(Step):
        raise UnknownStep(step)
    asked = _asked(request, draft, Step(step))
    was_reached = draft.with_any_credential.is_reachable(asked)
    draft = without_stale_credential(request, draft)
    if not draft.is_reachable(asked):  # guard: W3
        if request.method == "POST" and asked is not Step.REVIEW:
            _keep_typed(request, draft, asked, was_reached=was_reached)
        return see_other(progress.step_url(draft, _nearest(draft, asked)))
    if request.method != "POST" and was_interrupted(request, draft_id):
        messages.info(request, _("Your session expired. Your answers are kept."))
    if asked is Step.REVIEW:
        return show_review(request, draft)
    if request.method == "POST":
        return answer_step(request, draft, asked, loaded=loaded)
    return show_step(request, draft, asked)


def _asked(request: ConsoleRequest, draft: RuleDraft, step: Step) -> Step:
    """Return the step of the address. Both titles of the first step have the same form, so that it
    can be sent when another tab has chosen a registry with the other title.
    """
    is_first = step.form_step is Step.SOURCE
    return draft.plan.first if is_first and request.method == "POST" else step


def _keep_typed(
    request: ConsoleRequest, draft: RuleDraft, step: Step, *, was_reached: bool
) -> None:
    """Keep what was sent for a step that is not open any more, and tell who closed it."""
    changed = changed_elsewhere(request, draft)
    if was_reached or (changed and step in draft.plan.steps):
        parts = {"account_id": request.target.account_id, "region": request.target.region}
        typed_into = {**parts, "draft_id": draft.draft_id, "step": step}
        keep_typed_answers(request, request.user, typed_into)  # guard: W6
    if changed:
        tell_closed_step(request, draft, step, changed)


def _form_of(step: str) -> type[StepForm] | None:
    """Return the form of the step in the URL, or None."""
    return PAGES[Step(step)].form if step in list(Step) else None


def _nearest(draft: RuleDraft, step: Step) -> Step:
    """Return the first open step, for a request for a step that is not reachable."""
    is_first = step in (Step.SOURCE, Step.UPSTREAM)
    return draft.plan.first if is_first else draft.next_open_step
