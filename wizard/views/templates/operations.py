"""The page of an operation on a template over Regions: results with failures first, and Retry."""

import uuid
from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from wizard.domain import Role, grouped_account_id
from wizard.models import TemplateChange, TemplateOperation
from wizard.services import template_operations
from wizard.views.operations.results import failures_first, results_listing
from wizard.views.operations.titles import Outcome
from wizard.views.templates.operation_results import row_of
from wizard.views.templates.operation_rows import is_cut_off, operation_url, title_of
from wizard.web import ConsoleRequest, at_account, permitted_targets, see_other, takes


@require_safe
@at_account
def template_operation_detail(
    request: ConsoleRequest, template_operation_id: uuid.UUID
) -> HttpResponse:
    """Show an operation, in the Regions that the person may look at."""
    operation = template_operations.get_operation(
        operation_id=template_operation_id, account_id=request.account_id
    )
    changes = _own(request, operation)
    workable = set() if operation.is_running else set(permitted_targets(request, Role.OPERATOR))
    rows = [row_of(operation, each) for each in changes]
    context: dict[str, Any] = {
        "operation": operation,
        "title": title_of(operation, changes),
        "outcome": _outcome(operation, changes),
        "account": grouped_account_id(operation.account_id),
        "listing": results_listing(
            request,
            rows if operation.is_running else failures_first(rows),
            is_running=operation.is_running,
        ),
        "left": [each for each in changes if not each.is_done and each.target in workable],
    }
    return render(request, "creation_templates/operation.html", context)


@require_POST
@takes()
@at_account
def template_operation_retry(
    request: ConsoleRequest, template_operation_id: uuid.UUID
) -> HttpResponse:
    """Do what is left, in the Regions where this person is an operator."""
    operation = template_operations.get_operation(
        operation_id=template_operation_id, account_id=request.account_id
    )
    _own(request, operation)
    if not template_operations.retry(operation=operation, actor=request.user):
        text = _("The operation is running. Nothing was changed by this request.")
        messages.info(request, text)
    return see_other(operation_url(operation))


def _own(request: ConsoleRequest, operation: TemplateOperation) -> list[TemplateChange]:
    regions = [target.region for target in permitted_targets(request, Role.VIEWER)]
    return template_operations.changes_of(operation, regions=regions)


def _outcome(operation: TemplateOperation, changes: Collection[TemplateChange]) -> Outcome | None:
    if operation.is_running:
        return None
    if is_cut_off(operation, changes):
        text = _(
            "The console stopped during this operation. Retry compares each Region with AWS, and"
            " changes what is left."
        )
        return Outcome(kind="warning", text=text)
    left = sum(not each.is_done for each in changes)
    if left:
        text = ngettext("%d Region was not changed.", "%d Regions were not changed.", left)
        return Outcome(kind="error", text=text % left)
    text = _("All Regions are done. Repositories that exist stay as they are.")
    return Outcome(kind="success", text=text)
