"""The results of a batch as lines of a file, failures first as on its page."""

from collections.abc import Iterable

from wizard.exports import ListedOutcome
from wizard.models import Operation, OperationState
from wizard.words import in_utc

_URGENT = (OperationState.FAILED, OperationState.UNTRIED)


def lines_of(batch: Iterable[Operation]) -> list[ListedOutcome]:
    """Return a line per operation."""
    ordered = sorted(batch, key=lambda each: (each.state not in _URGENT, each.region))
    return [_line(each) for each in ordered]


def _line(operation: Operation) -> ListedOutcome:
    steps = list(operation.steps.all())
    error = steps[-1].error if steps and operation.state != OperationState.SUCCEEDED else None
    done = [each.action for each in steps if each.state == OperationState.SUCCEEDED]
    return ListedOutcome(
        account_id=operation.account_id,
        region=operation.region,
        ecr_repository_prefix=operation.ecr_repository_prefix,
        status="interrupted" if operation.is_interrupted else operation.state,
        done="; ".join(done),
        failure=error.message if error else "",
        error_code=error.code if error else "",
        request_id=error.request_id if error else "",
        finished_at=in_utc(operation.finished_at) if operation.finished_at else "",
    )
