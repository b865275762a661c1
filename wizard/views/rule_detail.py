"""The page of a rule: state, members, pull URI, validations, secret, role, repositories."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain.prefixes import ROOT
from wizard.drafting.steps import ReviewRow
from wizard.services import places, rules, validation
from wizard.services.fanout import Answer
from wizard.services.rule_context import get_rule_context
from wizard.views.audit_lines import rule_history
from wizard.views.pull_images import example_image, pull_of
from wizard.views.rows import RuleRow
from wizard.views.rule_parts import parts_of
from wizard.views.rule_state import state_of
from wizard.views.timeline import timeline_of
from wizard.web import ConsoleRequest, at_target
from wizard.words import error_view


@require_safe
@at_target
def rule_detail(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Show the rule, its state and the cures first.

    In the query string, `image` is an image to show the pull URI of, and `changed` says that the
    person has changed the rule's secret just now.
    """
    target = request.target
    rule = rules.get_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
    results = validation.history(target=target, rule=rule)
    around = get_rule_context(target=target, rule=rule)
    registry = rule.registry
    image = request.GET.get("image", "").strip()[:400] or example_image(rule)
    pull, image_error = pull_of(image, rule, target)
    row = RuleRow(target=target, rule=rule, validation=results[0] if results else None)
    context = {
        "row": row,
        "region": places.region_named(target.region),
        "state": state_of(request, row, around, was_changed="changed" in request.GET),
        "fields": _fields(row),
        "image": image,
        "pull": pull,
        "image_error": image_error,
        "official_namespace": registry.official_namespace if registry else "",
        "results": results,
        "timeline": timeline_of(results),
        "parts": parts_of(rule, around, target),
        "repositories": _told(around.repositories),
        "sharing_rules": around.sharing_rules,
        "history": rule_history(target, ecr_repository_prefix),
    }
    return render(request, "rules/detail.html", context)


def _told(answer: Answer[Any]) -> dict[str, Any]:
    """What a section shows of AWS's answer: its `value`, or the `error` in its place."""
    return {
        "value": answer.value,
        "error": error_view(answer.error) if answer.error else None,
    }


def _fields(row: RuleRow) -> list[ReviewRow]:
    """Return the rule's members that AWS returned; the kind of upstream is in words."""
    rule = row.rule
    rows = [
        (_("Amazon ECR repository prefix"), rule.ecr_repository_prefix),
        (_("Upstream registry URL"), rule.upstream_registry_url),
        # AWS leaves the member out when no prefix was given.
        (_("Upstream repository prefix"), rule.upstream_repository_prefix or ROOT),
        (_("Secret ARN"), rule.credential_arn),
        (_("Role ARN"), rule.custom_role_arn),
        (_("Registry ID"), rule.registry_id),
    ]
    kind = ReviewRow(label=_("Upstream registry"), value=row.registry_label)
    found = [ReviewRow(label=label, value=value, copyable=True) for label, value in rows if value]
    return [*found[:2], kind, *found[2:]]
