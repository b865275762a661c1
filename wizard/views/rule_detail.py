"""The page of a rule: state, members, pull URI, validations, secret, role, repositories."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.exports import RULE_FORMATS
from wizard.services import places, rules, validation
from wizard.services.rule_context import get_rule_context
from wizard.views.audit_lines import rule_history
from wizard.views.downloads import rule_downloads, rules_file
from wizard.views.pull_images import example_image, pull_of
from wizard.views.rows import RuleRow
from wizard.views.rule_parts import fields_of, parts_of, told
from wizard.views.rule_state import state_of
from wizard.views.rule_templates import template_section
from wizard.views.timeline import timeline_of
from wizard.web import ConsoleRequest, at_target, place_url, query_left_at


@require_safe
@at_target
def rule_detail(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Show the rule, its state and the cures first.

    In the query string, `image` is an image to show the pull URI of, and `changed` says that the
    person has changed the rule's secret just now. With `format`, the rule is a file.
    """
    target = request.target
    rule = rules.get_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
    results = validation.history(target=target, rule=rule)
    row = RuleRow(target=target, rule=rule, validation=results[0] if results else None)
    if request.GET.get("format") in RULE_FORMATS:
        return rules_file(
            [row],
            format_name=request.GET["format"],
            account_id=target.account_id,
            where=target.region,
        )
    around = get_rule_context(target=target, rule=rule)
    registry = rule.registry
    image = request.GET.get("image", "").strip()[:400] or example_image(rule)
    pull, image_error = pull_of(image, rule, target)
    context = {
        "row": row,
        "list_query": query_left_at(request, place_url("rule-list", target)),
        "downloads": rule_downloads(is_of_one_region=True),
        "region": places.region_named(target.region),
        "state": state_of(request, row, around, was_changed="changed" in request.GET),
        "fields": fields_of(row),
        "image": image,
        "pull": pull,
        "image_error": image_error,
        "official_namespace": registry.official_namespace if registry else "",
        "results": results,
        "timeline": timeline_of(results),
        "parts": parts_of(rule, around, target),
        "repositories": told(around.repositories),
        "template": template_section(rule, around.templates),
        "sharing_rules": around.sharing_rules,
        "history": rule_history(target, ecr_repository_prefix),
    }
    return render(request, "rules/detail.html", context)
