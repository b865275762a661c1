"""The answer to a form that starts an operation over accounts, or a retry of one."""

import uuid

from django.http import HttpResponse

from wizard import tasks
from wizard.models import FleetOperation
from wizard.views.fleet_operations.rows import detail_url
from wizard.web import see_other


def answer_started(operation_id: uuid.UUID, started: FleetOperation | None) -> HttpResponse:
    """Let the workers begin, and lead to the operation.

    `started` is None if the same form has started it already.
    """
    if started is not None:
        tasks.begin_parts(started.pk)
    return answer_with(operation_id)


def answer_with(operation_id: uuid.UUID) -> HttpResponse:
    """Lead to the page of an operation."""
    return see_other(detail_url(operation_id))
