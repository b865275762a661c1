"""The results of an operation over accounts, rule by rule, part by part."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from wizard.models import BulkValidationItem, FleetPart, FleetVerb, ItemState
from wizard.services.fleet_operations.import_progress import (
    results_of_import,
    results_of_replacement,
)
from wizard.services.fleet_operations.part_results import PartResult
from wizard.services.fleet_operations.rotation_results import results_of_rotation


def results_of(parts: Iterable[FleetPart]) -> Iterator[PartResult]:
    """Yield the results of the parts; one query for each, so that nothing is kept as a whole."""
    for part in parts:
        yield from _RESULTS[part.operation.verb](part)


def _of_validation(part: FleetPart) -> Iterator[PartResult]:
    untried = {region: part.error or error for region, error in part.region_errors.items()}
    for each in part.rules:
        region, _slash, prefix = str(each).partition("/")
        error = untried.get(region) or (part.error if part.bulk_id is None else None)
        if error is not None or part.bulk_id is None:
            yield PartResult(
                part=part,
                region=region,
                ecr_repository_prefix=prefix,
                status="error" if error else str(part.state),
                error=error,
            )
    if part.bulk_id is not None:
        items = BulkValidationItem.objects.filter(bulk=part.bulk_id).select_related("result")
        for item in items.exclude(ecr_repository_prefix=""):
            yield _result(part, item)


def _result(part: FleetPart, item: BulkValidationItem) -> PartResult:
    status, failure = str(item.state), ""
    if item.state == ItemState.DONE and item.result is not None:
        status = "valid" if item.result.is_valid else "failed"
        failure = item.result.failure
    return PartResult(
        part=part,
        region=item.region,
        ecr_repository_prefix=item.ecr_repository_prefix,
        status=status,
        failure=failure,
        error=item.error,
    )


_RESULTS: Final[Mapping[str, Callable[[FleetPart], Iterator[PartResult]]]] = {
    FleetVerb.VALIDATE: _of_validation,
    FleetVerb.CREATE: results_of_import,
    FleetVerb.COPY: results_of_import,
    FleetVerb.ROTATE: results_of_rotation,
    FleetVerb.REPLACE: results_of_replacement,
}
