"""The work on one import at once, by whoever inserted it: its Regions in parallel.

The background would find the operations too. Who waits for the end of an import does not want to
wait for their turn. What another worker has, or is not due, is left alone.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils import timezone

from wizard.domain import Credential
from wizard.domain.errors import AwsError, CredentialNotKept
from wizard.models import UNDER_WAY, Operation, OperationState
from wizard.services.change_threads import run_together
from wizard.services.operations.importing import end_unkept
from wizard.services.operations.running import go_on


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportState:
    """How far an import is: its operations by state, and until when others are to be left to it.

    One that only a person can go on with counts as ended, although it is interrupted.
    """

    ended: Sequence[Operation]
    open: Sequence[Operation]

    @property
    def succeeded(self) -> int:
        return sum(each.state == OperationState.SUCCEEDED for each in self.ended)

    @property
    def next_look(self) -> datetime | None:
        """When there is something new at the earliest; None if nothing is open."""
        moments = [
            each.next_try_at if each.state == OperationState.WAITING else each.lease_until
            for each in self.open
        ]
        return min(filter(None, moments), default=None)


def run_import(
    *,
    import_id: uuid.UUID,
    account_id: str,
    credential: Credential | None = None,
    lost: type[AwsError] = CredentialNotKept,
) -> None:
    """Do what is due of an import.

    What needs a credential ends if there is none; `lost` is the cause.
    """
    if credential is None:
        end_unkept(import_id=import_id, account_id=account_id, cause=lost)
    of_import = f"{import_id.hex}-"
    rows = Operation.objects.filter(account_id=account_id, draft_id__startswith=of_import)
    due = rows.filter(state=OperationState.WAITING, next_try_at__lte=timezone.now())
    by_region: dict[str, list[uuid.UUID]] = {}
    ordered = due.order_by("region", "ecr_repository_prefix")
    for pk, region in ordered.values_list("pk", "region"):
        by_region.setdefault(region, []).append(pk)

    def work_in(ids: Sequence[uuid.UUID]) -> None:
        for each in ids:
            go_on(operation_id=each, credential=credential)

    run_together([partial(work_in, ids) for ids in by_region.values()])


def state_of_import(*, import_id: uuid.UUID, account_id: str) -> ImportState:
    """Return how far an import is, with the steps of its operations."""
    of_import = f"{import_id.hex}-"
    rows = Operation.objects.filter(account_id=account_id, draft_id__startswith=of_import)
    listed = rows.prefetch_related("steps").order_by("region", "ecr_repository_prefix")
    found = list(listed)
    open_ones = [each for each in found if each.state in UNDER_WAY and each.lease_until]
    return ImportState(ended=[each for each in found if each not in open_ones], open=open_ones)
