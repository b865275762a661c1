"""The section of the review about the template that is created together with the rule."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.domain import RuleDraft, Step
from wizard.domain.draft_templates import template_of_draft
from wizard.domain.lifecycle import FaultyPolicy, read_policy
from wizard.domain.templates import CreationTemplate, applied_to
from wizard.drafting.interrupted import put_kept_errors
from wizard.drafting.steps import ReviewRow
from wizard.forms.rule_template import RuleTemplateForm, rule_template_initial
from wizard.words import MUTABILITY


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSection:
    """The section: `rows` are what is chosen, `applied` the prefix of a template that applies.

    `is_taken` says that this one has the prefix of the rule, so that no other can be created.
    """

    form: RuleTemplateForm
    rows: list[ReviewRow]
    applied: str
    is_taken: bool

    @property
    def is_open(self) -> bool:
        return bool(self.rows or self.form.errors)


def template_section(
    draft: RuleDraft, templates: Iterable[CreationTemplate] | None
) -> TemplateSection:
    """Return the section; `templates` are those of the draft's Region, None if not known."""
    applied = applied_to(draft.cache_prefix, templates or ()).template
    chosen = template_of_draft(draft)
    initial = rule_template_initial(draft.template) | dict(draft.typed.get(Step.REVIEW, {}))
    form = RuleTemplateForm(initial=initial)
    if "creation_template" in draft.typed.get(Step.REVIEW, {}):
        put_kept_errors(form, draft, Step.REVIEW)
    key = replace(applied, prefix=draft.cache_prefix).key if applied else ""
    return TemplateSection(
        form=form,
        rows=_rows(chosen) if chosen else [],
        applied=applied.prefix if applied else "",
        is_taken=applied is not None and applied.key == key,
    )


def _rows(template: CreationTemplate) -> list[ReviewRow]:
    mutability = template.image_tag_mutability
    rows = [
        (_("Prefix"), template.prefix),
        (_("Image tag mutability"), str(MUTABILITY.get(mutability, mutability))),
        (_("Lifecycle policy"), _policy_text(template.lifecycle_policy)),
    ]
    return [ReviewRow(label=label, value=value) for label, value in rows]


def _policy_text(text: str) -> str:
    if not text:
        return _("None. ECR keeps every image.")
    try:
        count = len(read_policy(text).rules)
    except FaultyPolicy:
        return ""
    return ngettext("%d rule", "%d rules", count) % count
