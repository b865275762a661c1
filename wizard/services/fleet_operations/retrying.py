"""What failed in an operation over accounts, once more, and nothing else."""

import uuid

from django.contrib.auth.models import User

from wizard.domain import Role, Target
from wizard.models import FleetOperation, FleetVerb, PartState
from wizard.services import access
from wizard.services.fleet_operations.planning import AccountPlan
from wizard.services.fleet_operations.reading import parts_of
from wizard.services.fleet_operations.results import results_of
from wizard.services.fleet_operations.starting import start

_RETRIED = ("failed", "error", PartState.CANCELLED)


def retry(
    *, operation: FleetOperation, operation_id: uuid.UUID, actor: User
) -> FleetOperation | None:
    """Start the same with the rules that have no good result, where the person is an operator.

    As for one account, it is an operation of its own; the first one keeps its results. None if the
    same form has started it already, or if nothing is left to retry.
    """
    found: dict[str, list[str]] = {}
    parts = parts_of(operation, user=actor)
    for result in results_of(parts.loaded(PartState.FAILED, PartState.CANCELLED)):
        target = Target(account_id=result.part.account_id, region=result.region)
        is_own = access.may(user=actor, role=Role.OPERATOR, target=target)
        if is_own and result.status in _RETRIED:
            name = f"{result.region}/{result.ecr_repository_prefix}"
            found.setdefault(target.account_id, []).append(name)
    accounts = [
        AccountPlan(
            account_id=account_id,
            regions=tuple(dict.fromkeys(each.partition("/")[0] for each in names)),
            rules=tuple(names),
        )
        for account_id, names in found.items()
    ]
    if not accounts:
        return None
    return start(
        operation_id=operation_id,
        verb=FleetVerb(operation.verb),
        accounts=accounts,
        actor=actor,
        asked=operation.asked,
    )
