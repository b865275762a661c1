"""The page of a step, and the processing of its form."""

from dataclasses import replace
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_variables

from wizard.domain import RuleDraft, Step
from wizard.drafting import store
from wizard.drafting.interrupted import field_errors, put_kept_errors, typed_answers
from wizard.drafting.steps import PAGES, AuthenticationForm, PrefixStepForm, StepForm
from wizard.forms.search import search_choices
from wizard.views.wizard import last_choices, progress, summary
from wizard.views.wizard.choices import choices_of
from wizard.views.wizard.credentials import redirect_with_key, with_credential
from wizard.views.wizard.permission_checks import checks_of
from wizard.views.wizard.preview import preview_of
from wizard.views.wizard.quota import quota_warning
from wizard.web import ConsoleRequest, see_other
from wizard.words import error_view

# The name of the buttons that do not answer the step: their value is another step, or "leave". The
# script sends CHECK when a step with errors was changed. FORGET clears what was taken over from the
# person's last rule.
GO: Final = "go"
CHECK: Final = "check"
FORGET: Final = "forget"


def show_step(request: ConsoleRequest, draft: RuleDraft, step: Step) -> HttpResponse:
    """Render the page of the step, with what was typed and its errors if it was refused."""
    page = PAGES[step]
    choices, choices_error = choices_of(draft, step)
    filled_in = last_choices.filled_in(draft, step, choices)
    shown = page.form(draft=filled_in.draft, choices=choices)
    refusal = progress.refusal_for(draft, step)
    if refusal is not None:
        progress.put_at_field(shown, refusal)
    put_kept_errors(shown, draft, step)
    context = {
        "wizard": progress.wizard_view(request, draft, step, refusal=refusal),
        "form": shown,
        "from_last": filled_in.text,
        "choices_error": error_view(choices_error) if choices_error else None,
        "help_links": draft.registry.token_links if draft.registry else (),
        "full": quota_warning(draft) if step is draft.plan.first else "",
        "policies": summary.policies(draft) if step is Step.PERMISSIONS else [],
        "permission_checks": checks_of(draft, step),
    }
    if shown.searched:
        context["search"] = search_choices(shown[shown.searched], request.GET.get("find", ""))
    if isinstance(shown, PrefixStepForm):
        cache, upstream = shown.typed_prefixes()
        context["preview"] = preview_of(draft, cache, upstream, rules=choices, error=choices_error)
        context["preview_url"] = progress.preview_url(draft, step)
    return render(request, page.template, context)


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
    form = PAGES[step].form(request.POST, draft=draft, choices=choices)
    wanted = request.POST.get(GO, "")
    if wanted == CHECK:
        form.full_clean()
        return render(request, "wizard/step.html#checked", {"form": form})
    if wanted == FORGET:
        store.save_draft(replace(draft, forgets_last=True))
        return see_other(progress.action_url(request, draft, step))
    if wanted:
        shown = last_choices.filled_in(draft, step, choices).draft
        form = PAGES[step].form(request.POST, draft=shown, choices=choices)
        return _leave(request, draft, form, wanted)
    if not form.is_valid():
        typed = typed_answers(type(form), request)
        store.save_draft(draft.with_typed(step, typed, field_errors(form)))
        return see_other(progress.action_url(request, draft, step))
    answered = draft.with_answers(step, form.answers())
    key = ""
    if isinstance(form, AuthenticationForm):
        answered, key = with_credential(answered, form)
    store.save_draft(answered, before=loaded)  # guard: W10
    return redirect_with_key(progress.next_url(request, answered, step), key, answered)


def _leave(request: ConsoleRequest, draft: RuleDraft, form: StepForm, wanted: str) -> HttpResponse:
    """Keep what was typed, valid or not, and redirect to the wanted step or the way out."""
    if form.has_changed():
        draft = draft.with_typed(form.step, typed_answers(type(form), request))
        store.save_draft(draft)
    if wanted in list(Step) and draft.is_reachable(Step(wanted)):
        return see_other(progress.step_url(draft, Step(wanted)))
    return see_other(progress.cancel_url(draft, left=form.step))
