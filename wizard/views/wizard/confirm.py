"""Create: confirm the reviewed draft, and turn the result into a response. POST only."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from wizard import tasks
from wizard.domain import RuleDraft, Step
from wizard.drafting import store
from wizard.forms.confirm import ReplacementForm
from wizard.forms.operation import CredentialForm
from wizard.services import operations
from wizard.services.operations import AlreadyConfirmed, Confirmed, ReviewAgain, StepOpen, confirm
from wizard.views.operations.titles import batch_url
from wizard.views.wizard import progress, replacement
from wizard.views.wizard.changed_elsewhere import tell_changed_answers
from wizard.views.wizard.credentials import forget_key, unsealed
from wizard.views.wizard.region_plans import tell_left_out
from wizard.views.wizard.regions import plan_url, readable_regions
from wizard.views.wizard.review_form import (
    REVIEW_FIELDS,
    chosen_regions,
    refused_draft,
    with_template,
    without_template,
)
from wizard.web import (
    ConsoleRequest,
    at_target,
    load_own_draft,
    redirects_scripts,
    see_other,
    takes,
)


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_POST
@redirects_scripts
@takes(*REVIEW_FIELDS, ReplacementForm)
@at_target
def draft_confirm(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Create the secret and the rule, at most once, and redirect to the result.

    Newly selected Regions are planned first, on the review.
    """
    # Read before the draft: a failed attempt that ends in between has changed the draft as well.
    settled = operations.settled_operation(draft_id=draft_id, target=request.target)
    loaded = load_own_draft(request, draft_id)
    if settled is not None:
        return see_other(batch_url(settled))
    draft = loaded.without_typed(Step.REVIEW)
    if replacement.is_empty(draft):
        return see_other(progress.step_url(draft, Step.REVIEW))
    confirmation = replacement.confirmation(draft, request.POST)
    if confirmation is not None and not confirmation.is_valid():
        return _again(loaded, refused_draft(request, loaded, lambda: ReplacementForm(request.POST)))
    chosen = chosen_regions(request, draft)
    whole = with_template(request, chosen or draft)
    if whole is None:
        return _again(loaded, without_template(request, chosen or draft))
    form = CredentialForm(request.POST, is_needed=True)
    result = confirm(
        draft=draft,
        shown=request.POST.get("shown", ""),
        chosen=whole if chosen is not None else None,
        credential=unsealed(request, draft),
        typed=form.credential() if form.is_valid() else None,
        actor=request.user,
    )
    match result:
        case ReviewAgain():
            # Without Regions that are no longer offered, so that the next Create is of this plan.
            again = replace(result.draft, further_regions=readable_regions(request, result.draft))
            _tell_why(request, replace(result, draft=again))
            store.save_changed(loaded, again)
            return see_other(plan_url(draft))
        case StepOpen(step=Step.REVIEW):
            return _again(
                loaded,
                refused_draft(
                    request, loaded, lambda: CredentialForm(request.POST, is_needed=True)
                ),
            )
        case StepOpen():
            store.save_changed(loaded, result.draft)
            return see_other(progress.step_url(draft, result.step))
        case AlreadyConfirmed():
            return see_other(batch_url(result.operation))
        case Confirmed():
            tell_left_out(request, result.left_out)  # guard: F6
            return _confirmed(result, loaded)


def _again(before: RuleDraft, refused: RuleDraft) -> HttpResponse:
    """Keep the errors of the review's form; redirect to it."""
    store.save_draft(refused, before=before)
    return see_other(progress.step_url(before, Step.REVIEW))


def _tell_why(request: ConsoleRequest, result: ReviewAgain) -> None:
    """Flash the reason why the review is shown again."""
    if result.is_stale:
        tell_changed_answers(request, result.draft)
    if result.is_rule_gone:
        messages.warning(request, _("The rule in this Region changed. Review the plan again."))
    if not result.is_stale and not result.is_rule_gone:
        messages.info(request, _check_plan(len(result.draft.further_regions)))


def _check_plan(number: int) -> str:
    if not number:
        return _("Nothing was created yet. Check the plan, then choose Create.")
    text = ngettext(
        "Nothing was created yet. Check the plan for %d more Region, then choose Create.",
        "Nothing was created yet. Check the plan for %d more Regions, then choose Create.",
        number,
    )
    return text % number


def _confirmed(result: Confirmed, loaded: RuleDraft) -> HttpResponse:
    """Save the draft of the result, and redirect to the result or to the step to correct."""
    draft, creation = result.draft, result.creation
    tasks.finish_in_background(creation.operation.batch_id)
    # While Create works, the steps lead to its result, so nobody answers them.
    store.save_draft(draft, before=loaded, wins=True)
    if creation.error is None:
        store.close_draft(draft)
    if creation.error is not None and result.is_alone:
        response = see_other(progress.step_url(draft, progress.step_of(draft, creation.error)))
    else:
        response = see_other(batch_url(creation.operation))
    if not draft.sealed_credential:
        forget_key(response, draft)
    return response
