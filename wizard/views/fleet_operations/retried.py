"""The operation whose failures a page retries: the query string names it."""

import uuid
from collections.abc import Callable
from typing import Final

from wizard.domain.errors import FleetOperationNotFound
from wizard.models import FleetOperation
from wizard.services import fleet_operations
from wizard.web import ConsoleRequest

RETRY: Final = "retry"


def retried_operation(
    request: ConsoleRequest, is_meant: Callable[[FleetOperation], bool]
) -> FleetOperation:
    """Return the operation that the request names.

    Raises FleetOperationNotFound if there is none in the person's accounts, or it isn't one that
    the page retries.
    """
    text = request.GET[RETRY]
    try:
        operation = fleet_operations.get_operation(operation_id=uuid.UUID(text))
    except ValueError:
        raise FleetOperationNotFound(text) from None
    fleet_operations.parts_of(operation, user=request.user)
    if not is_meant(operation):
        raise FleetOperationNotFound(text)
    return operation
