"""The work on one import at once, by whoever inserted it: its Regions in parallel.

The background would find the operations too. Who waits for the end of an import does not want to
wait for their turn. What another worker has, or is not due, is left alone.
"""

import logging
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime

from django.db import connections
from django.utils import timezone

from wizard.models import UNDER_WAY, Operation, OperationState
from wizard.services.change_threads import AT_ONCE, free_places
from wizard.services.operations.running import go_on

logger = logging.getLogger(__name__)


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


def run_import(*, import_id: uuid.UUID, account_id: str) -> None:
    """Do what is due of an import."""
    of_import = f"{import_id.hex}-"
    rows = Operation.objects.filter(account_id=account_id, draft_id__startswith=of_import)
    due = rows.filter(state=OperationState.WAITING, next_try_at__lte=timezone.now())
    by_region: dict[str, list[uuid.UUID]] = {}
    ordered = due.order_by("region", "ecr_repository_prefix")
    for pk, region in ordered.values_list("pk", "region"):
        by_region.setdefault(region, []).append(pk)
    if len(by_region) < 2:
        for pk in next(iter(by_region.values()), []):
            go_on(operation_id=pk)
        return

    def run_in_thread(ids: Sequence[uuid.UUID]) -> None:
        with free_places:  # guard: B8
            try:
                for each in ids:
                    go_on(operation_id=each)
            except Exception:  # guard: B8
                # The rest of the Region waits for the background.
                logger.exception("The work on an import failed")
            finally:
                connections.close_all()  # guard: B8

    most = min(len(by_region), AT_ONCE)
    with ThreadPoolExecutor(most, thread_name_prefix="imports") as pool:
        for ids in by_region.values():
            pool.submit(copy_context().run, run_in_thread, ids)


def state_of_import(*, import_id: uuid.UUID, account_id: str) -> ImportState:
    """Return how far an import is, with the steps of its operations."""
    of_import = f"{import_id.hex}-"
    rows = Operation.objects.filter(account_id=account_id, draft_id__startswith=of_import)
    listed = rows.prefetch_related("steps").order_by("region", "ecr_repository_prefix")
    found = list(listed)
    open_ones = [each for each in found if each.state in UNDER_WAY and each.lease_until]
    return ImportState(ended=[each for each in found if each not in open_ones], open=open_ones)
