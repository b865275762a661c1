"""The plan of a retry of a rotation over accounts: what failed, and nothing else."""

from django.contrib.auth.models import User

from wizard.domain import Role, Target
from wizard.models import FleetOperation, FleetVerb, PartState
from wizard.services import access
from wizard.services.fleet_operations.planning import AccountPlan
from wizard.services.fleet_operations.reading import parts_of
from wizard.services.fleet_operations.rotation_results import retried


def rotates(operation: FleetOperation) -> bool:
    """Whether an operation rotates a credential."""
    return operation.verb == FleetVerb.ROTATE


def plan_retry(*, operation: FleetOperation, user: User) -> list[AccountPlan]:
    """Return the secrets without a good result, in accounts where the person is an operator."""
    parts = parts_of(operation, user=user)
    found = []
    for part in parts.loaded(PartState.FAILED, PartState.CANCELLED):
        targets = [Target(account_id=part.account_id, region=code) for code in part.regions]
        if not all(access.may(user=user, role=Role.OPERATOR, target=each) for each in targets):
            continue
        keys, rotation_id = retried(part)
        if keys:
            found.append(
                AccountPlan(
                    account_id=part.account_id,
                    regions=tuple(part.regions),
                    rules=tuple(keys),
                    rotation_id=rotation_id,
                )
            )
    return found
