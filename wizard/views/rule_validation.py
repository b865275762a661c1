"""Validate: ECR tries one rule, and its answer is remembered and shown."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wizard.models import ValidationResult
from wizard.services import rules, validation
from wizard.services.known_secrets import known_secrets
from wizard.views.rows import RuleQuery, RuleRow
from wizard.views.rule_table import RuleTable
from wizard.web import ConsoleRequest, at_target, local_url, place_url, see_other, takes, wants_json


@require_POST
@takes("next", "many_regions")
@at_target
def rule_validate(request: ConsoleRequest, ecr_repository_prefix: str) -> HttpResponse:
    """Validate the rule, store the result, and show the rule with it."""
    target = request.target
    rule = rules.get_rule(target=target, ecr_repository_prefix=ecr_repository_prefix)
    result = validation.validate_rule(target=target, rule=rule, actor=request.user)
    known = known_secrets(account_id=target.account_id, region=target.region)
    row = RuleRow(
        target=target,
        rule=rule,
        validation=result,
        known_secret=known.get((target.region, rule.credential_arn or "")),
    )
    if wants_json(request):
        return JsonResponse(_facts(result))
    if request.htmx:
        many_regions = "many_regions" in request.POST
        table = RuleTable(
            request=request, query=RuleQuery(), many_regions=many_regions, announces=True
        )
        return HttpResponse(table.row(row))
    wanted = local_url(request, request.POST.get("next", ""))
    # The rule's own page opens with the reason and its cures.
    page = place_url("rule-detail", target, ecr_repository_prefix=ecr_repository_prefix)
    _tell(request, result, is_reason_shown=wanted.partition("?")[0] == page)
    return see_other(wanted or f"{place_url('rule-list', target)}#{quote(row.name)}")


def _facts(result: ValidationResult) -> dict[str, Any]:
    """Return a result as JSON members."""
    return {
        "account_id": result.account_id,
        "region": result.region,
        "ecr_repository_prefix": result.ecr_repository_prefix,
        "is_valid": result.is_valid,
        "failure": result.failure,
        "validated_at": result.validated_at,
        "duration_ms": result.duration_ms,
    }


def _tell(request: ConsoleRequest, result: ValidationResult, *, is_reason_shown: bool) -> None:
    names = {"prefix": result.ecr_repository_prefix, "region": result.region}
    if result.is_valid:
        messages.success(request, _("Rule %(prefix)s (%(region)s) is valid.") % names)
        return
    if is_reason_shown:
        text = _("Validation of rule %(prefix)s (%(region)s) failed.")
        messages.error(request, text % names)
        return
    text = _("Validation of rule %(prefix)s (%(region)s) failed: %(reason)s")
    messages.error(request, text % {**names, "reason": result.failure})
