"""The page of a step, and the processing of its form."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_variables

from wizard.domain import RuleDraft, Step
from wizard.drafting import store
from wizard.drafting.steps import PAGES, AuthenticationForm, PrefixStepForm, StepForm
from wizard.forms.search import search_choices
from wizard.views.wizard import progress, summary
from wizard.views.wizard.choices import choices_of
from wizard.views.wizard.credentials import redirect_with_key, with_credential
from wizard.views.wizard.preview import preview_of
from wizard.web import ConsoleRequest
from wizard.words import error_view


def show_step(
    request: ConsoleRequest, draft: RuleDraft, step: Step, form: StepForm | None = None
) -> HttpResponse:
    """Render the page of the step; `form` is the submitted form if it has errors."""
    page = PAGES[step]
    choices, choices_error = choices_of(draft, step)
    shown = page.form(draft=draft, choices=choices) if form is None else form
    refusal = progress.refusal_for(draft, step)
    if refusal is not None and form is None:
        progress.put_at_field(shown, refusal)
    context = {
        "wizard": progress.wizard_view(request, draft, step, refusal=refusal),
        "form": shown,
        "choices_error": error_view(choices_error) if choices_error else None,
        "help_links": draft.registry.token_links if draft.registry else (),
        "policies": summary.policies(draft) if step is Step.PERMISSIONS else [],
    }
    if shown.searched:
        context["search"] = search_choices(shown[shown.searched], request.GET.get("find", ""))
    if isinstance(shown, PrefixStepForm):
        cache, upstream = shown.typed_prefixes()
        context["preview"] = preview_of(draft, cache, upstream, rules=choices, error=choices_error)
        context["preview_url"] = progress.preview_url(draft, step)
    return render(request, page.template, context, status=200 if form is None else 422)


@sensitive_variables()
def answer_step(
    request: ConsoleRequest, draft: RuleDraft, step: Step, *, loaded: RuleDraft
) -> HttpResponse:
    """Save the answers of the submitted form and redirect; show a form with errors again.

    `loaded` is the draft as it is stored, also with a credential that has become stale.
    """
    typed = request.POST.get("typed_secret_arn", "").strip()
    choices, _error = choices_of(draft, step, typed=typed)
    form = PAGES[step].form(request.POST, draft=draft, choices=choices)
    if not form.is_valid():
        return show_step(request, draft, step, form)
    answered = draft.with_answers(step, form.answers())
    key = ""
    if isinstance(form, AuthenticationForm):
        answered, key = with_credential(answered, form)
    store.save_draft(answered, before=loaded)  # guard: W10
    return redirect_with_key(progress.next_url(request, answered, step), key, answered)
