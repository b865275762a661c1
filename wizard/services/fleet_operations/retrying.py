"""What failed in an operation over accounts, once more, and nothing else."""

import uuid

from django.contrib.auth.models import User

from wizard.domain import Credential
from wizard.models import FleetOperation, FleetVerb
from wizard.services.fleet_operations.creating import asked_again, makes_secrets
from wizard.services.fleet_operations.failures import failed_rules
from wizard.services.fleet_operations.replacing import confirmed_again, deletes_rules
from wizard.services.fleet_operations.starting import start


def retry(
    *,
    operation: FleetOperation,
    operation_id: uuid.UUID,
    actor: User,
    credential: Credential | None = None,
    is_confirmed: bool = False,
) -> FleetOperation | None:
    """Start the same with what failed.

    As for one account, it is an operation of its own; the first one keeps its results. None if the
    same form has started it already, if nothing is left to retry, without a `credential` if
    secrets are to be created, or unless `is_confirmed` if rules may be deleted.
    """
    accounts = failed_rules(operation=operation, user=actor)
    if not accounts or (credential is None and makes_secrets(operation)):
        return None
    if deletes_rules(operation) and not is_confirmed:  # guard: C1
        return None
    return start(
        operation_id=operation_id,
        verb=FleetVerb(operation.verb),
        accounts=accounts,
        actor=actor,
        asked=confirmed_again(operation) if is_confirmed else asked_again(operation),
        credential=credential,
    )
