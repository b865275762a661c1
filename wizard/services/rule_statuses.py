"""The last validation of each last-known rule, which is kept with the rule.

The pages of all accounts filter, sort and count by it, which no join with the results allows.
"""

from collections.abc import Collection
from typing import Any, Final

from django.db import transaction

from wizard.domain import Target
from wizard.domain.failures import failure_key
from wizard.models import LastKnownRule, RuleStatus, ValidationResult
from wizard.services.rule_numbers import count_again, lock_known_regions

STATUS_FIELDS: Final = ("status", "validated_at", "failure_key", "failure")


def note_result(result: ValidationResult) -> None:
    """Keep a result with its rule; a rule that is not known yet gets it when it is stored."""
    known = LastKnownRule.objects.filter(
        account_id=result.account_id,
        region=result.region,
        ecr_repository_prefix=result.ecr_repository_prefix,
        created_at=result.rule_created_at,
    )
    status = _status_of(result)
    with transaction.atomic():
        # First of all: PostgreSQL keeps the lock of a row whose update was awaited, also if the row
        # does not match any more, so an update before this one would be the cause of a deadlock.
        regions = lock_known_regions([Target(account_id=result.account_id, region=result.region)])
        # Most results are those of the time before, and change no number.
        if not known.filter(status=status["status"]).update(**status) and known.update(**status):
            count_again(regions)


def give_statuses(rows: Collection[LastKnownRule]) -> None:
    """Set the status of rules that are about to be stored for the first time."""
    if not rows:
        return
    found = ValidationResult.objects.filter(
        account_id__in={row.account_id for row in rows},
        region__in={row.region for row in rows},
        ecr_repository_prefix__in={row.ecr_repository_prefix for row in rows},
    ).order_by("validated_at", "pk")
    latest = {
        (each.account_id, each.region, each.ecr_repository_prefix, each.rule_created_at): each
        for each in found
    }
    for row in rows:
        key = (row.account_id, row.region, row.ecr_repository_prefix, row.created_at)
        if key in latest:
            for name, value in _status_of(latest[key]).items():
                setattr(row, name, value)


def _status_of(result: ValidationResult) -> dict[str, Any]:
    return {
        "status": RuleStatus.VALID if result.is_valid else RuleStatus.FAILED,
        "validated_at": result.validated_at,
        "failure_key": "" if result.is_valid else failure_key(result.failure),
        "failure": "" if result.is_valid else result.failure,
    }
