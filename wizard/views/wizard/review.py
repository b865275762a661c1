"""The page of the review: all answers, the plans of the Regions, and the calls of Create."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render

from wizard.domain import RuleDraft, Step
from wizard.drafting.steps import PAGES
from wizard.exports import DECLARATIONS
from wizard.services.operations import reviewed
from wizard.services.repositories import ask_names, covered_already
from wizard.views.downloads import declared_downloads, draft_file
from wizard.views.wizard import consequences, progress, replacement, summary
from wizard.views.wizard.choices import choices_of
from wizard.views.wizard.permission_checks import checks_of
from wizard.views.wizard.preview import preview_of
from wizard.views.wizard.regions import further_regions, readable_regions, with_repositories
from wizard.web import ConsoleRequest


def show_review(request: ConsoleRequest, draft: RuleDraft) -> HttpResponse:
    """Render the review, with what was typed in its form and the errors if it was refused.

    With `format` in the query string, the rule that it creates is a file.
    """
    if request.GET.get("format") in DECLARATIONS:
        return draft_file(draft, format_name=request.GET["format"])
    regions = [draft.target.region, *readable_regions(request, draft)]
    asked = ask_names([replace(draft.target, region=region) for region in regions])
    found, error = choices_of(draft, draft.plan.before(Step.REVIEW) or Step.DESTINATION)
    refusal = progress.refusal_for(draft, Step.REVIEW)
    further = further_regions(request, draft, rules=found or ())
    exists = further is not None and further.exists
    names = {answer.target: answer.value for answer in asked}
    if further is not None:
        further = with_repositories(further, draft, names)
    others = [rule for rule in found or () if further is None or not draft.makes(rule)]
    replaces_nothing = replacement.is_empty(draft)
    replacement_form = replacement.confirmation(draft)
    calls = [] if exists or replaces_nothing else consequences.calls(draft)
    context = {
        "wizard": progress.wizard_view(request, draft, Step.REVIEW, refusal=refusal),
        "form": further.credential_form if further else replacement_form,
        "replacement_form": replacement_form,
        "replaces_nothing": replaces_nothing,
        "shown": reviewed(draft, exists=exists),
        "place": summary.place(draft),  # guard: W7
        "rule_count": None if exists else summary.rule_count(draft, found),
        "repositories": ""
        if exists
        else summary.repositories_text(covered_already(draft, found, names[draft.target])),
        "further": further,
        "regions_url": progress.regions_url(draft),
        "progress_url": progress.progress_url(draft),
        "sections": summary.sections(draft),
        "permission_checks": checks_of(draft, Step.REVIEW),
        "calls": calls,
        "call_count": len(calls) + (further.calls if further else 0),
        "breakages": [] if replaces_nothing else consequences.breakages(draft),
        "downloads": declared_downloads(),
        "cli_commands": "" if exists or replaces_nothing else consequences.cli_commands(draft),
        "preview": preview_of(
            draft, draft.cache_prefix, draft.upstream_prefix, rules=others, error=error
        ),
    }
    return render(request, PAGES[Step.REVIEW].template, context)
