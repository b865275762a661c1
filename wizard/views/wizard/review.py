"""The page of the review: all answers, the plans of the Regions, and the calls of Create."""

from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import render

from wizard.domain import RuleDraft, Step
from wizard.drafting.steps import PAGES
from wizard.services.operations import reviewed
from wizard.views.downloads import asked_declaration, declared_downloads, draft_file
from wizard.views.wizard import consequences, progress, replacement, summary
from wizard.views.wizard.choices import choices_of
from wizard.views.wizard.permission_checks import checks_of
from wizard.views.wizard.preview import preview_of
from wizard.views.wizard.regions import (
    FurtherRegions,
    further_regions,
    readable_regions,
    with_repositories,
)
from wizard.views.wizard.review_reads import begin_reading, covered_text
from wizard.views.wizard.rule_template import TemplateSection, template_section
from wizard.web import ConsoleRequest


def show_review(request: ConsoleRequest, draft: RuleDraft) -> HttpResponse:
    """Render the review, with what was typed in its form and the errors if it was refused.

    With `format` in the query string, the rule that it creates is a file.
    """
    if format_name := asked_declaration(request):
        return draft_file(draft, format_name=format_name)
    asked = begin_reading(draft, readable_regions(request, draft))
    found, error = choices_of(draft, draft.plan.before(Step.REVIEW) or Step.DESTINATION)
    refusal = progress.refusal_for(draft, Step.REVIEW)
    further = further_regions(request, draft, rules=found or ())
    exists = further is not None and further.exists
    names = asked.names()
    if further is not None:
        further = with_repositories(further, draft, names)
    template = template_section(draft, asked.templates())
    others = [rule for rule in found or () if further is None or not draft.makes(rule)]
    replaces_nothing = replacement.is_empty(draft)
    replacement_form = replacement.confirmation(draft)
    further_templates = further.rules_elsewhere if further and draft.template else 0
    calls = [] if exists or replaces_nothing else consequences.calls(draft)
    context = {
        "wizard": progress.wizard_view(request, draft, Step.REVIEW, refusal=refusal),
        "form": _refused_form(further, replacement_form, template),
        "template": template,
        "replacement_form": replacement_form,
        "replaces_nothing": replaces_nothing,
        "shown": reviewed(draft, exists=exists),
        "place": summary.place(draft),  # guard: W7
        "rule_count": None if exists else summary.rule_count(draft, found),
        "repositories": "" if exists else covered_text(draft, found, names[draft.target]),
        "further": further,
        "regions_url": progress.regions_url(draft),
        "progress_url": progress.progress_url(draft),
        "sections": summary.sections(draft),
        "permission_checks": checks_of(draft, Step.REVIEW),
        "calls": calls,
        "call_count": len(calls) + (further.calls if further else 0) + further_templates,
        "breakages": [] if replaces_nothing else consequences.breakages(draft),
        "downloads": declared_downloads(),
        "cli_commands": "" if exists or replaces_nothing else consequences.cli_commands(draft),
        "preview": preview_of(
            draft, draft.cache_prefix, draft.upstream_prefix, rules=others, error=error
        ),
    }
    return render(request, PAGES[Step.REVIEW].template, context)


def _refused_form(
    further: FurtherRegions | None, replacement_form: BaseForm | None, section: TemplateSection
) -> BaseForm | None:
    """Return the form of the review whose errors are listed at the top of the page."""
    if section.form.errors:
        return section.form
    return further.credential_form if further else replacement_form
