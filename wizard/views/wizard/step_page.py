"""The page of a step: its form with the answers, or with what was typed and its errors."""

from django.http import HttpResponse
from django.shortcuts import render

from wizard.domain import RuleDraft, Step
from wizard.drafting.interrupted import put_kept_errors
from wizard.drafting.shown import shown_value
from wizard.drafting.steps import PAGES, PrefixStepForm
from wizard.forms.search import search_choices
from wizard.views.wizard import last_choices, progress
from wizard.views.wizard.changed_elsewhere import comparison_of
from wizard.views.wizard.choices import choices_of
from wizard.views.wizard.preview import preview_of
from wizard.views.wizard.step_parts import parts_of
from wizard.web import ConsoleRequest
from wizard.words import error_view


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
        "shown": shown_value(draft),
        "comparison": comparison_of(draft, step, shown, choices),
        "from_last": filled_in.text,
        "choices_error": error_view(choices_error) if choices_error else None,
        **parts_of(request, draft, step),
    }
    if shown.searched:
        context["search"] = search_choices(shown[shown.searched], request.GET.get("find", ""))
    if isinstance(shown, PrefixStepForm):
        cache, upstream = shown.typed_prefixes()
        context["preview"] = preview_of(draft, cache, upstream, rules=choices, error=choices_error)
        context["preview_url"] = progress.preview_url(draft, step)
    return render(request, page.template, context)
