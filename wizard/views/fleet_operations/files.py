"""The results of an operation over accounts as lines of a file."""

from collections.abc import Iterator

from wizard.exports import ListedFleetResult
from wizard.services import accounts
from wizard.services.fleet_operations import OperationParts, results_of
from wizard.words import error_view


def lines_of(parts: OperationParts) -> Iterator[ListedFleetResult]:
    """Yield a line for each rule, by account; the failed accounts come first."""
    known = {each.account_id: each for each in accounts.list_accounts()}
    for result in results_of(parts.loaded()):
        account = known.get(result.part.account_id)
        error = error_view(result.error) if result.error else None
        yield ListedFleetResult(
            account_id=result.part.account_id,
            alias=account.alias if account else "",
            owner=account.owner if account else "",
            region=result.region,
            ecr_repository_prefix=result.ecr_repository_prefix,
            status=result.status,
            failure=result.failure or (error.message or str(error.title) if error else ""),
            error_code=result.error.code if result.error else "",
            request_id=result.error.request_id if result.error else "",
            secret_name=result.secret_name,
        )
