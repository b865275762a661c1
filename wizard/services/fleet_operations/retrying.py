"""What failed in an operation over accounts, once more, and nothing else."""

import uuid

from django.contrib.auth.models import User

from wizard.domain import Credential, Role, Target
from wizard.models import FleetOperation, FleetVerb, PartState
from wizard.services import access
from wizard.services.fleet_operations.creating import asked_again, makes_secrets
from wizard.services.fleet_operations.planning import AccountPlan
from wizard.services.fleet_operations.reading import parts_of
from wizard.services.fleet_operations.results import results_of
from wizard.services.fleet_operations.starting import start

_RETRIED = ("failed", "error", PartState.CANCELLED)


def failed_rules(*, operation: FleetOperation, user: User) -> list[AccountPlan]:
    """Return the rules that have no good result, where the person is an operator."""
    found: dict[str, list[str]] = {}
    parts = parts_of(operation, user=user)
    for result in results_of(parts.loaded(PartState.FAILED, PartState.CANCELLED)):
        target = Target(account_id=result.part.account_id, region=result.region)
        is_own = access.may(user=user, role=Role.OPERATOR, target=target)
        if is_own and result.status in _RETRIED:
            name = f"{result.region}/{result.ecr_repository_prefix}"
            found.setdefault(target.account_id, []).append(name)
    return [
        AccountPlan(
            account_id=account_id,
            regions=tuple(dict.fromkeys(each.partition("/")[0] for each in names)),
            rules=tuple(names),
        )
        for account_id, names in found.items()
    ]


def retry(
    *,
    operation: FleetOperation,
    operation_id: uuid.UUID,
    actor: User,
    credential: Credential | None = None,
) -> FleetOperation | None:
    """Start the same with what failed.

    As for one account, it is an operation of its own; the first one keeps its results. None if the
    same form has started it already, if nothing is left to retry, or without a `credential` if
    secrets are to be created.
    """
    accounts = failed_rules(operation=operation, user=actor)
    if not accounts or (credential is None and makes_secrets(operation)):
        return None
    return start(
        operation_id=operation_id,
        verb=FleetVerb(operation.verb),
        accounts=accounts,
        actor=actor,
        asked=asked_again(operation),
        credential=credential,
    )
