"""Validating rules and storing the results, which AWS does not."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from wizard.backend import clients, ecr
from wizard.domain import Rule, Target, waiting
from wizard.models import ValidationResult
from wizard.services import alerts
from wizard.services.refused_logins import refused_version
from wizard.services.rule_statuses import note_result


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """AWS's answer for one rule, and how long it took."""

    rule: Rule
    is_valid: bool
    failure: str
    duration_ms: int
    refused_version: str = ""


def validate_rule(*, target: Target, rule: Rule, actor: User) -> ValidationResult:
    """Validate a rule with ECR and store the result.

    A page waits for it as long as ECR may wait for the upstream registry.
    """
    waiting.extend(clients.VALIDATE_READ_SECONDS)
    return keep_trial(target=target, trial=try_rule(target=target, rule=rule), actor=actor)


def try_rule(*, target: Target, rule: Rule) -> Trial:
    """Validate a rule with ECR. Stores nothing, so that worker threads can call it."""
    start = time.monotonic()
    answer = ecr.validate_rule(target, rule.ecr_repository_prefix)
    duration = time.monotonic() - start
    return Trial(
        rule=rule,
        is_valid=answer.is_valid,
        failure=answer.failure,
        duration_ms=round(duration * 1000),
        refused_version=""
        if answer.is_valid
        else refused_version(target, rule.credential_arn or "", answer.failure),
    )


@transaction.atomic
def keep_trial(*, target: Target, trial: Trial, actor: User) -> ValidationResult:
    """Store a result, and create an alert if the rule changed between valid and failed."""
    of_rule = {
        "account_id": target.account_id,
        "region": target.region,
        "ecr_repository_prefix": trial.rule.ecr_repository_prefix,
        "rule_created_at": trial.rule.created_at,
    }
    before = ValidationResult.objects.filter(**of_rule).first()
    result = ValidationResult.objects.create(
        **of_rule,
        is_valid=trial.is_valid,
        failure=trial.failure,
        duration_ms=trial.duration_ms,
        credential_arn=trial.rule.credential_arn or "",
        refused_version=trial.refused_version,
        actor=actor,
    )
    note_result(result)
    alerts.note_turn(before=before, after=result)
    return result


def history(*, target: Target, rule: Rule, most: int = 50) -> list[ValidationResult]:
    """Return the last results of this rule, newest first, without those of a deleted namesake."""
    results = ValidationResult.objects.select_related("actor").filter(
        account_id=target.account_id,
        region=target.region,
        ecr_repository_prefix=rule.ecr_repository_prefix,
        rule_created_at=rule.created_at,
    )
    return list(results[:most])


class LatestResults:
    """The last results of all rules of an account or Region, read with one query."""

    def __init__(self, results: Iterable[ValidationResult]) -> None:
        self._results = {
            (result.region, result.ecr_repository_prefix): result for result in results
        }

    def of(self, target: Target, rule: Rule) -> ValidationResult | None:
        """Return the rule's last result; results of a deleted rule with its prefix do not count."""
        result = self._results.get((target.region, rule.ecr_repository_prefix))
        return result if result and result.rule_created_at == rule.created_at else None


def latest_results(*, account_id: str, region: str = "") -> LatestResults:
    """Read the last results of an account, or of one Region of it."""
    place = {"account_id": account_id} | ({"region": region} if region else {})
    found = ValidationResult.objects.filter(**place)
    last = found.values("region", "ecr_repository_prefix").annotate(last=Max("pk"))
    newest = ValidationResult.objects.filter(pk__in=last.values("last"))
    return LatestResults(newest.select_related("actor"))
