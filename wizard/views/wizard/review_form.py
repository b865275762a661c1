"""What is sent with the form of the review: the Regions, the template, the credential."""

from collections.abc import Callable
from dataclasses import replace

from django.forms import BaseForm

from wizard.domain import Region, Role, RuleDraft, Step
from wizard.drafting.interrupted import field_errors, typed_answers
from wizard.drafting.steps import FurtherRegionsForm
from wizard.forms.operation import CredentialForm
from wizard.forms.rule_template import RuleTemplateForm
from wizard.web import ConsoleRequest, regions_of

# The fields of the form, for the views that it is sent to.
REVIEW_FIELDS = (FurtherRegionsForm, CredentialForm, RuleTemplateForm, "shown")


def chosen_regions(request: ConsoleRequest, draft: RuleDraft) -> RuleDraft | None:
    """Return the draft with the Regions of the submitted form; None if the form is not valid.

    A replacement has no such form and stays as it is.
    """
    if draft.replaces is not None:
        return draft
    form = FurtherRegionsForm(request.POST, draft=draft, offered=offered_regions(request))
    return replace(draft, **form.chosen()) if form.is_valid() else None


def with_template(request: ConsoleRequest, draft: RuleDraft) -> RuleDraft | None:
    """Return the draft with the template of the submitted form; None if the form is not valid."""
    if "creation_template" not in request.POST:
        return draft
    form = RuleTemplateForm(request.POST)
    return replace(draft, template=form.settings()) if form.is_valid() else None


def planned_draft(request: ConsoleRequest, draft: RuleDraft) -> RuleDraft:
    """Return the draft whose plan is to be shown, with the errors of a template if it has any."""
    chosen = chosen_regions(request, draft) or draft
    whole = with_template(request, chosen)
    if whole is None:
        return without_template(request, chosen)
    return whole if whole == draft else whole.without_typed(Step.REVIEW)


def without_template(request: ConsoleRequest, draft: RuleDraft) -> RuleDraft:
    """Return the draft with the refused template of the form as typed, with its errors."""
    return refused_draft(request, draft, lambda: RuleTemplateForm(request.POST))


def refused_draft(
    request: ConsoleRequest, draft: RuleDraft, build: Callable[[], BaseForm]
) -> RuleDraft:
    """Return the draft with the errors of a form, and with what was typed but the token."""
    typed = typed_answers(type(build()), request)
    return draft.with_typed(Step.REVIEW, typed, field_errors(build))


def offered_regions(request: ConsoleRequest) -> list[Region]:
    """Return the Regions that the review offers besides the draft's own."""
    offered = regions_of(request, Role.OPERATOR)
    return [region for region in offered if region.code != request.target.region]
