"""The page of a repository creation template: its settings, the rules it applies to, its traps."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain.errors import TemplateNotFound
from wizard.domain.namespaces import prefix_key
from wizard.domain.templates import around, traps_of
from wizard.services import template_uses
from wizard.views.rule_templates import policies_of, settings_rows
from wizard.web import ConsoleRequest, at_target, place_url, query_left_at
from wizard.words import TRAPS, error_view


@require_safe
@at_target
def template_detail(request: ConsoleRequest, prefix: str) -> HttpResponse:
    """Show a template; `team` and `team/` are the same one."""
    found = template_uses.list_template_uses(target=request.target)
    named = (each for each in found.templates if each.key == prefix_key(prefix))
    template = next(named, None)
    if template is None:
        raise TemplateNotFound(code="NoTemplate", region=request.target.region)
    uses = sorted(found.rules_of(template), key=lambda rule: rule.ecr_repository_prefix)
    longer = around(template, found.templates).longer
    context: dict[str, Any] = {
        "template": template,
        "list_query": query_left_at(request, place_url("template-list", request.target)),
        "rows": settings_rows(template),
        "policies": policies_of(template),
        "traps": [TRAPS[trap] for trap in traps_of(template)],
        "rules": None if found.rules.error else uses,
        "rules_error": error_view(found.rules.error) if found.rules.error else None,
        "longer": [each.prefix for each in longer],
        "title": _("Template %(prefix)s") % {"prefix": template.prefix},
    }
    return render(request, "creation_templates/detail.html", context)
