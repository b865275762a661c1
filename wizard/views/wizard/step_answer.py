"""Processing the form of a step. The answer is a redirect, so that Back and Reload never send it.

What is typed is saved as answers, or kept with its errors or with what another tab has changed.
"""

from dataclasses import replace
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_variables

from wizard.domain import RuleDraft, Step
from wizard.drafting import store
from wizard.drafting.interrupted import field_errors, typed_answers
from wizard.drafting.shown import mark_of, overtaken
from wizard.drafting.steps import PAGES, AuthenticationForm, StepForm
from wizard.views.wizard import last_choices, progress
from wizard.views.wizard.choices import choices_of
from wizard.views.wizard.credential_test import RESULT_ID, test_draft
from wizard.views.wizard.credentials import (
    redirect_with_key,
    unsealed,
    with_credential,
    with_others_credential,
)
from wizard.web import ConsoleRequest, see_other

# The name of the buttons that do not answer the step: their value is another step, or "leave". The
# script sends CHECK when a step with errors was changed. FORGET clears what was taken over from the
# person's last rule. DISCARD drops what was typed for the answers of another tab. TEST answers the
# step, and comes back to it with what the upstream says about the credential.
GO: Final = "go"
CHECK: Final = "check"
FORGET: Final = "forget"
DISCARD: Final = "discard"
TEST: Final = "test"


@sensitive_variables()
def answer_step(
    request: ConsoleRequest, draft: RuleDraft, step: Step, *, loaded: RuleDraft
) -> HttpResponse:
    """Save the answers of the submitted form and redirect; with errors, to the step itself.

    The answer to a POST is always a redirect, so that Back and Reload never send the form again.
    `loaded` is the draft as it is stored, also with a credential that has become stale.
    """
    typed_arn = request.POST.get("typed_secret_arn", "").strip()
    choices, _error = choices_of(draft, step, typed=typed_arn)

    def build(draft: RuleDraft = draft) -> StepForm:
        return PAGES[step].form(request.POST, draft=draft, choices=choices)

    form, wanted = build(), request.POST.get(GO, "")
    if wanted == CHECK:
        form.full_clean()
        return render(request, "wizard/step.html#checked", {"form": form})
    if wanted == FORGET:
        store.save_draft(replace(loaded, forgets_last=True), before=loaded)
        return see_other(progress.action_url(request, draft, step))
    if wanted == DISCARD:
        store.save_draft(loaded.without_typed(step), before=loaded)
        return see_other(progress.action_url(request, draft, step))
    if wanted and wanted != TEST:
        form = build(last_choices.filled_in(draft, step, choices).draft)
        return _leave(request, draft, form, wanted, loaded=loaded)
    if not form.is_valid():
        kept = loaded.with_typed(
            step,
            typed_answers(type(form), request),
            field_errors(build),
            overtaken=overtaken(request, draft, step),
        )
        store.save_draft(kept, before=loaded)
        return see_other(progress.action_url(request, draft, step))
    answered, key = _answered(draft, step, form, loaded=loaded)
    if since := overtaken(request, loaded, step, answered):  # guard: W12
        typed = typed_answers(type(form), request)
        store.save_draft(loaded.with_typed(step, typed, overtaken=since), before=loaded)
        return see_other(progress.action_url(request, draft, step))
    store.save_draft(answered, before=loaded, mark=mark_of(request))  # guard: W10
    url = progress.next_url(request, answered, step)
    if wanted == TEST and isinstance(form, AuthenticationForm):
        test_draft(request, answered, form.credential() or unsealed(request, answered))
        url = f"{progress.action_url(request, answered, step)}#{RESULT_ID}"
    return redirect_with_key(url, key, answered)


@sensitive_variables()
def _answered(
    draft: RuleDraft, step: Step, form: StepForm, *, loaded: RuleDraft
) -> tuple[RuleDraft, str]:
    """Return the draft with the answers of the form, and the key of a credential in them."""
    answered = draft.with_answers(step, form.answers())
    if isinstance(form, AuthenticationForm):
        return with_credential(answered, form)
    return with_others_credential(answered, loaded), ""


def _leave(
    request: ConsoleRequest, draft: RuleDraft, form: StepForm, wanted: str, *, loaded: RuleDraft
) -> HttpResponse:
    """Keep what was typed, valid or not, and redirect to the wanted step or the way out."""
    step = form.step if form.step in draft.plan.steps else draft.plan.first
    if form.has_changed():
        typed = typed_answers(type(form), request)
        since = overtaken(request, draft, step)
        store.save_draft(loaded.with_typed(step, typed, overtaken=since), before=loaded)
    if wanted in list(Step) and draft.is_reachable(Step(wanted)):
        return see_other(progress.step_url(draft, Step(wanted)))
    return see_other(progress.cancel_url(draft, left=step))
