"""Starting an operation over accounts; AWS is not called.

The parts are rows from the beginning, so nothing is lost, whatever dies. The background works on
them one after the other.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from wizard.domain import Credential, Role
from wizard.models import (
    AuditOutcome,
    FleetOperation,
    FleetPart,
    FleetVerb,
)
from wizard.services import access
from wizard.services.audit import record_event
from wizard.services.fleet_operations import sealed_values
from wizard.services.fleet_operations.planning import AccountPlan


def start(
    *,
    operation_id: uuid.UUID,
    verb: FleetVerb,
    accounts: Sequence[AccountPlan],
    actor: User,
    asked: Mapping[str, Any] | None = None,
    credential: Credential | None = None,
) -> FleetOperation | None:
    """Insert an operation for these accounts; None if the same form has started it already.

    `asked` is what the verb needs to know besides. A `credential` is sealed for its workers. Raises
    NotPermitted, and inserts nothing, for a Region of an account that is not the person's.
    """
    for each in accounts:
        access.check_regions(  # guard: Z2
            user=actor, role=Role.OPERATOR, account_id=each.account_id, codes=each.regions
        )
    try:
        with transaction.atomic():
            operation = FleetOperation.objects.create(
                id=operation_id, verb=verb, actor=actor, asked=dict(asked or {})
            )
            FleetPart.objects.bulk_create(
                (
                    FleetPart(
                        operation=operation,
                        number=number,
                        account_id=each.account_id,
                        regions=list(each.regions),
                        rules=list(each.rules),
                        rotation_id=each.rotation_id,
                    )
                    for number, each in enumerate(accounts)
                ),
                batch_size=500,
            )
            if credential is not None:
                sealed_values.keep(operation, credential)
            facts = {
                "verb": str(verb),
                "accounts": len(accounts),
                "rules": sum(len(each.rules) for each in accounts),
            }
            record(operation, "StartFleetOperation", after=facts)
    except IntegrityError:  # guard: W1
        return None
    return operation


def record(operation: FleetOperation, action: str, *, after: dict[str, Any] | None = None) -> None:
    """Write an event of an operation into the audit trail."""
    record_event(action, subject=str(operation.pk), outcome=AuditOutcome.SUCCEEDED, after=after)
