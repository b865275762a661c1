"""Validating rules and remembering the results, which AWS does not."""

import time
from collections.abc import Iterable

from django.contrib.auth.models import User

from wizard.backend import ecr
from wizard.domain.rules import Rule
from wizard.domain.targets import Target
from wizard.models import ValidationResult


def validate_rule(*, target: Target, rule: Rule, actor: User) -> ValidationResult:
    """Let ECR try the rule against its upstream and keep the answer."""
    start = time.monotonic()
    answer = ecr.validate_rule(target, rule.ecr_repository_prefix)
    return ValidationResult.objects.create(
        account_id=target.account_id,
        region=target.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        rule_created_at=rule.created_at,
        is_valid=answer.is_valid,
        failure=answer.failure,
        duration_ms=round((time.monotonic() - start) * 1000),
        actor=actor,
    )


def history(*, target: Target, rule: Rule, most: int = 50) -> list[ValidationResult]:
    """The last results of this very rule, newest first."""
    results = ValidationResult.objects.select_related("actor").filter(
        account_id=target.account_id,
        region=target.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        rule_created_at=rule.created_at,
    )
    return list(results[:most])


def latest_results(*, target: Target, rules: Iterable[Rule]) -> dict[str, ValidationResult]:
    """Return the last result of each of these rules, by prefix; rules without one are left out."""
    born = {rule.ecr_repository_prefix: rule.created_at for rule in rules}
    results = ValidationResult.objects.select_related("actor").filter(
        account_id=target.account_id, region=target.region, ecr_repository_prefix__in=born
    )
    latest: dict[str, ValidationResult] = {}
    for result in results.order_by("validated_at", "pk"):
        if result.rule_created_at == born[result.ecr_repository_prefix]:
            latest[result.ecr_repository_prefix] = result
    return latest
