"""How far the parts are whose work is an import of their account: numbers, failures, results."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q, QuerySet

from wizard.domain.errors import AwsError
from wizard.models import FleetPart, Operation, OperationState, PartState
from wizard.services import operations
from wizard.services.fleet_operations.part_results import PartResult

_LENGTH_OF_ID: Final = 32
# What the results of a rule are called, besides "error" and the states of parts.
CREATED: Final = "created"
CHANGED: Final = "changed"
REPLACED: Final = "replaced"
EXISTS: Final = "exists"


def succeeded_and_failed(parts: Collection[FleetPart]) -> dict[uuid.UUID, tuple[int, int]]:
    """Return how many operations of the parts have succeeded and failed, in one query."""
    counts: dict[uuid.UUID, Counter[str]] = {}
    for draft_id, state in _rows(parts).values_list("draft_id", "state"):
        counts.setdefault(uuid.UUID(hex=draft_id[:_LENGTH_OF_ID]), Counter())[state] += 1
    return {
        each.pk: (found[OperationState.SUCCEEDED], found[OperationState.FAILED])
        for each in parts
        if each.import_id is not None and (found := counts.get(each.import_id, Counter()))
    }


def first_errors(parts: Collection[FleetPart]) -> dict[uuid.UUID, AwsError]:
    """Return the error of one of the operations of each part that has failed ones."""
    failed = _rows(parts).filter(state=OperationState.FAILED).prefetch_related("steps")
    of_import = {each.import_id: each.pk for each in parts}
    found: dict[uuid.UUID, AwsError] = {}
    for operation in failed.order_by("draft_id", "region"):
        part_id = of_import[uuid.UUID(hex=operation.draft_id[:_LENGTH_OF_ID])]
        if part_id not in found and operation.last_error is not None:
            found[part_id] = operation.last_error
    return found


def results_of_import(part: FleetPart) -> Iterator[PartResult]:
    """Yield a result for each rule of the part, whether it has an operation or not."""
    found: dict[str, Operation] = {}
    if part.import_id is not None:
        state = operations.state_of_import(import_id=part.import_id, account_id=part.account_id)
        for operation in (*state.ended, *state.open):
            found[f"{operation.region}/{operation.ecr_repository_prefix}"] = operation
    of_rules, of_regions = part.rule_errors, part.region_errors
    for each in part.rules:
        name = str(each)
        region, _slash, prefix = name.partition("/")
        error = of_rules.get(name) or of_regions.get(region) or part.error
        made = found.get(name)
        status = _status(made) if made else "error" if error else str(part.state)
        yield PartResult(
            part=part,
            region=region,
            ecr_repository_prefix=prefix,
            status=status,
            error=(made.last_error if status == "error" else None) if made else error,
        )


def results_of_replacement(part: FleetPart) -> Iterator[PartResult]:
    """Yield the same for rules that are changed, of which replaced ones alone have operations."""
    has_begun = part.import_id is not None or part.state in (PartState.DONE, PartState.FAILED)
    for each in results_of_import(part):
        if each.status in (CREATED, EXISTS):
            yield replace(each, status=REPLACED)
        elif each.status == str(part.state) and each.error is None and has_begun:
            yield replace(each, status=CHANGED)
        else:
            yield each


def _status(operation: Operation) -> str:
    if operation.state == OperationState.SUCCEEDED:
        return EXISTS if operation.found_as_asked else CREATED
    is_open = operation.state in (OperationState.RUNNING, OperationState.WAITING)
    return str(operation.state) if is_open and operation.lease_until else "error"


def _rows(parts: Collection[FleetPart]) -> "QuerySet[Operation]":
    """Return the operations of these parts; none without parts."""
    of_imports = [
        Q(account_id=each.account_id, draft_id__startswith=f"{each.import_id.hex}-")
        for each in parts
        if each.import_id is not None
    ]
    rows = Operation.objects.order_by()
    return rows.filter(reduce(or_, of_imports)) if of_imports else rows.none()
