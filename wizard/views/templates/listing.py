"""The list of a Region's repository creation templates, with the rules that they apply to."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain.errors import AwsError
from wizard.domain.templates import ENCRYPTION_TYPES, CreationTemplate, traps_of
from wizard.services import template_uses
from wizard.services.template_uses import TemplateUses
from wizard.views.tables import listing_of
from wizard.web import ConsoleRequest, at_target
from wizard.words import APPLIED_FOR_LABELS, ENCRYPTION, MUTABILITY, TRAPS, error_view


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow:
    """A row of the table; `rules` are the prefixes of rules, or None if they could not be read."""

    template: CreationTemplate
    rules: tuple[str, ...] | None

    @property
    def applied_for(self) -> str:
        names = sorted(self.template.applied_for)
        return ", ".join(str(APPLIED_FOR_LABELS.get(name, name)) for name in names)

    @property
    def mutability(self) -> str:
        name = self.template.image_tag_mutability
        return str(MUTABILITY.get(name, name))

    @property
    def encryption(self) -> str:
        name = self.template.encryption_type or ENCRYPTION_TYPES[0]
        return str(ENCRYPTION.get(name, name))

    @property
    def role(self) -> str:
        return self.template.custom_role_arn.rpartition("/")[2]

    @property
    def rules_text(self) -> str:
        return " ".join(self.rules or ())

    @property
    def traps(self) -> list[str]:
        return [str(TRAPS[trap]) for trap in traps_of(self.template)]


@require_safe
@at_target
def template_list(request: ConsoleRequest) -> HttpResponse:
    """List the templates of the Region."""
    context: dict[str, Any] = {"error": None, "rules_error": None}
    try:
        found = template_uses.list_template_uses(target=request.target)
    except AwsError as error:
        context["error"] = error_view(error)
        status = context["error"].status
        return render(request, "creation_templates/list.html", context, status=status)
    rows = [_row(each, found) for each in found.templates]
    context["listing"] = listing_of(request, rows, table="templates", searched=_searched)
    context["rules_error"] = error_view(found.rules.error) if found.rules.error else None
    return render(request, "creation_templates/list.html", context)


def _row(template: CreationTemplate, found: TemplateUses) -> TemplateRow:
    prefixes = tuple(sorted(rule.ecr_repository_prefix for rule in found.rules_of(template)))
    return TemplateRow(template=template, rules=None if found.rules.error else prefixes)


def _searched(row: TemplateRow) -> tuple[str, ...]:
    template = row.template
    return template.prefix, template.description, row.rules_text, template.custom_role_arn
