"""Many Regions at once: each has an operation of its own, so that one failure stops no other.

Each Region is worked on in a thread, which has a database connection of its own. All requests of a
process share the bound AT_ONCE (`services/change_threads.py`). The leases of all Regions are kept
meanwhile, so that those that wait for a place do not count as interrupted.
"""

import logging
import uuid
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context

from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connections

from wizard.domain import AwsAction, Credential, Target
from wizard.domain.errors import (
    AuditUnavailable,
    AwsError,
    DatabaseUnavailable,
    SecretNotFound,
)
from wizard.domain.waiting import begin_change
from wizard.models import Operation, OperationState
from wizard.services.change_threads import AT_ONCE, free_places
from wizard.services.operations import leases, lookups
from wizard.services.operations.journal import end_without_call
from wizard.services.operations.leases import LeaseLost
from wizard.services.operations.replicas import check_regions, replicate
from wizard.services.operations.running import Creation, run

logger = logging.getLogger(__name__)


def work(claimed: Sequence[Operation], credential: Credential | None) -> dict[Target, Creation]:
    """Run operations whose leases are held, in parallel; replicas of secrets are made first.

    The request has no deadline then: its reads between the changes are not abandoned either.
    """
    begin_change()
    with leases.kept(claimed):
        return _work(claimed, credential)


def _work(claimed: Sequence[Operation], credential: Credential | None) -> dict[Target, Creation]:
    replicas = [each for each in claimed if each.waits_for_replica]
    try:
        replicate(replicas, claimed, credential)
    except AwsError as error:
        return _without_replicas(claimed, replicas, error, credential)
    except LeaseLost:
        # Another worker creates the source's secret; for this one there is none.
        action, source = AwsAction.REPLICATE_SECRET, replicas[0].replica_of
        gone = SecretNotFound(operation=action, region=source)
        return _without_replicas(claimed, replicas, gone, credential)
    except Exception:
        for each in claimed:
            with suppress(LeaseLost):
                leases.finish(each, OperationState.FAILED)
        raise
    return _run_all(claimed, credential)


def retry_failed(
    *,
    batch_id: uuid.UUID,
    account_id: str,
    regions: Collection[str],
    credential: Credential | None,
    actor: User,
) -> None:
    """Repeat what failed in those Regions, and nothing else.

    Raises NotPermitted, before anything is changed, for a Region that is not the person's.
    """
    failed = [
        operation
        for operation in lookups.operations_of(batch_id=batch_id, account_id=account_id)
        if can_retry(operation) and operation.region in regions
    ]
    check_regions(failed, actor=actor)  # guard: Z2
    claimed = [each for each in failed if leases.take(each, actor=actor)]  # guard: F6
    if claimed:
        work(claimed, credential)


def can_retry(operation: Operation) -> bool:
    """Whether the operation failed and can be repeated as it is."""
    return operation.state == OperationState.FAILED and not operation.is_superseded


def needs_credential(batch: Collection[Operation]) -> bool:
    """Whether repeating what failed takes the upstream credential once more."""
    return any(each.needs_credential for each in batch if can_retry(each))


def _run_all(claimed: Sequence[Operation], credential: Credential | None) -> dict[Target, Creation]:
    by_target = {each.target: each for each in claimed}
    if len(by_target) < 2:
        return {each.target: _run_alone(each, credential) for each in claimed}

    def run_at(target: Target) -> Creation:
        with free_places:  # guard: B8
            try:
                return run(by_target[target], credential=credential)
            except (OperationalError, InterfaceError, AuditUnavailable):  # guard: B8
                # The other Regions go on. This one is listed as interrupted or failed.
                logger.exception("The database failed during %s", by_target[target])
                return Creation(operation=by_target[target], is_ours=False)
            finally:
                connections.close_all()  # guard: B8

    # Each thread ends by the time limits of its own calls.
    most = min(len(by_target), AT_ONCE)
    with ThreadPoolExecutor(most, thread_name_prefix="operations") as pool:
        running = {target: pool.submit(copy_context().run, run_at, target) for target in by_target}
    return {target: future.result() for target, future in running.items()}


def _run_alone(operation: Operation, credential: Credential | None) -> Creation:
    try:
        return run(operation, credential=credential)
    except AuditUnavailable as error:
        # That error says that nothing was changed, which is not true after the first change.
        if operation.made_secret_arn or operation.replaced is not None:
            raise DatabaseUnavailable from error
        raise


def _without_replicas(
    claimed: Sequence[Operation],
    replicas: Sequence[Operation],
    error: AwsError,
    credential: Credential | None,
) -> dict[Target, Creation]:
    """End the operations that need the secret; an operation that already has its own goes on."""
    creations, rest = {}, []
    for each in replicas:
        with suppress(LeaseLost):
            end_without_call(each, AwsAction.REPLICATE_SECRET, each.replica_of, error)
        creations[each.target] = Creation(operation=each, error=error)
    for each in claimed:
        if each.target in creations:
            continue
        if each.needs_credential:
            with suppress(LeaseLost):
                leases.finish(each, OperationState.FAILED)
            creations[each.target] = Creation(operation=each, error=error)
        else:
            rest.append(each)
    return creations | _run_all(rest, credential)
