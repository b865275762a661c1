"""Operations over accounts: their list, each one with its progress and results, retry, cancel."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wizard import tasks
from wizard.domain import Role
from wizard.exports import ListedFleetResult
from wizard.forms.fleet_operations import FleetOperationForm
from wizard.models import FleetOperation, PartState
from wizard.services import access, fleet_operations
from wizard.services.fleet_operations import OperationParts
from wizard.views.bulk_result import STOP_POLLING
from wizard.views.fleet.page import asked_format, downloads, fleet_file, fleet_views
from wizard.views.fleet_operations import rows
from wizard.views.fleet_operations.files import lines_of
from wizard.views.tables import cut_listing, listing_of, pages_of
from wizard.web import ConsoleRequest, see_other, table_look_of, takes

ANCHOR = "results"


@require_safe
def fleet_operation_list(request: ConsoleRequest) -> HttpResponse:
    """List the latest operations in the accounts of the person."""
    found = fleet_operations.latest_operations(user=request.user)
    entries = [rows.OperationRow(operation=each) for each in found]
    listing = listing_of(request, entries, table="fleet-operations", searched=_searched)
    return render(
        request, "fleet_operations/list.html", {"listing": listing, "views": fleet_views(request)}
    )


@require_safe
def fleet_operation_detail(
    request: ConsoleRequest, fleet_operation_id: uuid.UUID
) -> HttpResponseBase:
    """Show the accounts of an operation; htmx fetches the progress alone."""
    operation = fleet_operations.get_operation(operation_id=fleet_operation_id)
    parts = fleet_operations.parts_of(operation, user=request.user)
    format_name = asked_format(request)
    if format_name:
        return fleet_file(
            lines_of(parts),
            ListedFleetResult,
            format_name=format_name,
            content="fleet-results",
        )
    context = _context(request, operation, parts)
    if request.htmx:
        status = STOP_POLLING if operation.finished_at else 200
        return render(request, "fleet_operations/detail.html#progress", context, status=status)
    return render(request, "fleet_operations/detail.html", context)


@require_POST
@takes(FleetOperationForm)
def fleet_operation_retry(request: ConsoleRequest, fleet_operation_id: uuid.UUID) -> HttpResponse:
    """Retry what failed, and nothing else, where the person is an operator."""
    operation = fleet_operations.get_operation(operation_id=fleet_operation_id)
    fleet_operations.parts_of(operation, user=request.user)
    form = FleetOperationForm(request.POST)
    if not form.is_valid() or operation.finished_at is None:
        return see_other(rows.detail_url(operation.pk))
    if rows.retry_page(operation):
        return see_other(rows.retry_page(operation))
    started = fleet_operations.retry(
        operation=operation, operation_id=form.id(), actor=request.user
    )
    if started is not None:
        tasks.begin_parts(started.pk)
        return see_other(rows.detail_url(started.pk))
    if fleet_operations.is_started(operation_id=form.id()):
        return see_other(rows.detail_url(form.id()))
    messages.info(request, _("Nothing failed in the Regions where you are an operator."))
    return see_other(rows.detail_url(operation.pk))


@require_POST
@takes()
def fleet_operation_cancel(request: ConsoleRequest, fleet_operation_id: uuid.UUID) -> HttpResponse:
    """Cancel: begin with no further account."""
    operation = fleet_operations.get_operation(operation_id=fleet_operation_id)
    fleet_operations.parts_of(operation, user=request.user)
    fleet_operations.cancel(operation=operation, actor=request.user)
    return see_other(rows.detail_url(operation.pk))


def _context(
    request: ConsoleRequest, operation: FleetOperation, parts: OperationParts
) -> dict[str, Any]:
    cut = Paginator(parts.ids, table_look_of(request).page_size).get_page(request.GET.get("page"))
    is_finished = operation.finished_at is not None
    has_failed = any(parts.number(state) for state in (PartState.FAILED, PartState.CANCELLED))
    return {
        "operation": operation,
        "title": rows.TITLES[operation.verb],
        "parts": parts,
        "status": rows.status_of(operation, parts),
        "counts": rows.counts_of(parts),
        "form": FleetOperationForm(),
        "is_finished": is_finished,
        "may_cancel": not is_finished
        and operation.cancel_requested_at is None
        and fleet_operations.may_cancel(operation=operation, actor=request.user),
        "may_retry": is_finished
        and has_failed
        and access.may_somewhere(user=request.user, role=Role.OPERATOR),
        "detail_url": rows.detail_url(operation.pk),
        "retry_page": rows.retry_page(operation),
        "retry_url": rows.detail_url(operation.pk, "fleet-operation-retry"),
        "cancel_url": rows.detail_url(operation.pk, "fleet-operation-cancel"),
        "downloads": downloads(),
        "listing": cut_listing(
            request,
            rows.rows_of(parts.load(cut)),
            table="fleet-parts",
            pages=pages_of(request.GET, cut, anchor=ANCHOR),
            matches=cut.paginator.count,
            sorts=False,
            anchor=ANCHOR,
        ),
    }


def _searched(row: rows.OperationRow) -> tuple[str, ...]:
    return str(row.title), row.operation.actor.get_username()
