"""The part of an account in a validation over accounts: one bulk validation."""

from django.db import transaction

from wizard.domain import Role, Target
from wizard.domain.errors import AwsError, RoleWithdrawn, error_record
from wizard.models import BulkState, FleetPart, PartState
from wizard.services import access, bulk_validation
from wizard.services.bulk_validation import RuleSelection
from wizard.services.fleet_operations.settling import come_back, end

_OPERATION = "ValidatePullThroughCacheRule"


def validate(part: FleetPart) -> None:
    """Validate the rules of the part that have no result yet.

    If another worker has the bulk validation, the part stays open and is looked at again.
    """
    if part.bulk is None and not _begin(part):
        return
    bulk = part.bulk
    if bulk is None:
        return
    bulk_validation.run_bulk_validation(bulk_id=bulk.pk)
    bulk.refresh_from_db()
    if not bulk.is_finished:
        come_back(part, at=bulk.lease_until)
        return
    progress = bulk_validation.progress_of(bulk)
    left = _left_out(part)
    failed = progress.failed + progress.errors + left
    if bulk.state == BulkState.CANCELLED:
        state = PartState.CANCELLED
    else:
        state = PartState.FAILED if failed else PartState.DONE
    end(part, state, total=progress.total + left, succeeded=progress.valid, failed=failed)


def _begin(part: FleetPart) -> bool:
    """Insert the bulk validation; False if the part ended, as nothing of it may be validated."""
    person = access.user_with_grants(part.operation.actor_id)
    refused: dict[str, AwsError] = {}
    for region in part.regions:
        target = Target(account_id=part.account_id, region=region)
        if person is None or not access.may(
            user=person, role=Role.OPERATOR, target=target
        ):  # guard: W9
            refused[region] = RoleWithdrawn(operation=_OPERATION, region=region)
    part.failed_regions = {region: error_record(each) for region, each in refused.items()}
    chosen = [
        RuleSelection(region=region, ecr_repository_prefix=prefix)
        for region, prefix in _named(part)
        if region not in refused
    ]
    if not chosen:
        number = len(part.rules)
        end(
            part,
            PartState.FAILED,
            failed_regions=part.failed_regions,
            total=number,
            failed=number,
        )
        return False
    with transaction.atomic():
        part.bulk, _is_new = bulk_validation.start_bulk_validation(
            account_id=part.account_id, selections=chosen, actor=part.operation.actor
        )
        part.state = PartState.RUNNING
        part.save(update_fields=["bulk", "state", "failed_regions"])
    return True


def _named(part: FleetPart) -> list[tuple[str, str]]:
    found = []
    for each in part.rules:
        region, _slash, prefix = str(each).partition("/")
        found.append((region, prefix))
    return found


def _left_out(part: FleetPart) -> int:
    return sum(region in part.failed_regions for region, _prefix in _named(part))
