"""The result of an import: a row for each rule, failures first; Retry and Complete all."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from wizard import tasks
from wizard.domain import Role
from wizard.models import Operation, OperationState
from wizard.services import operations
from wizard.views.operations.results import (
    ResultRow,
    progress_of,
    results_listing,
    results_of,
)
from wizard.views.operations.sections import journal_sections
from wizard.views.operations.titles import batch_url, is_running
from wizard.web import ConsoleRequest, at_account, permitted_targets, see_other, takes


@require_safe
@at_account
def import_detail(request: ConsoleRequest, import_id: uuid.UUID) -> HttpResponseBase:
    """Show how far an import is, and its results."""
    found = _own(request, import_id, Role.VIEWER)
    running = is_running(found)
    workable = set(permitted_targets(request, Role.OPERATOR))
    context: dict[str, Any] = {
        "title": _title(found, is_running=running),
        "listing": results_listing(
            request, _results(found, is_running=running), is_running=running
        ),
        "progress": progress_of(found),
        "is_running": running,
        "interrupted": [each for each in _interrupted(found) if each.target in workable],
        "failed": [each for each in _failed(found) if each.target in workable],
        "import_id": import_id,
    }
    return render(request, "imports/detail.html", context)


@require_POST
@takes()
@at_account
def import_retry(request: ConsoleRequest, import_id: uuid.UUID) -> HttpResponse:
    """Let the background repeat what failed in the person's Regions."""
    found = _own(request, import_id, Role.OPERATOR)
    number = operations.repeat_import(_failed(found), actor=request.user)
    _queue(found)
    if not number:
        messages.info(request, _("Nothing failed, so there is nothing to retry."))
    return see_other(_url(request, import_id))


@require_POST
@takes()
@at_account
def import_complete(request: ConsoleRequest, import_id: uuid.UUID) -> HttpResponse:
    """Let the background create what was interrupted in the person's Regions."""
    found = _own(request, import_id, Role.OPERATOR)
    left = operations.complete_import(interrupted=_interrupted(found), actor=request.user)
    _queue(found)
    if left:
        text = _("These Regions could not be read, so their rules stay interrupted: %(regions)s.")
        regions = ", ".join(sorted({each.region for each in left}))
        messages.warning(request, text % {"regions": regions})
    return see_other(_url(request, import_id))


def _queue(found: Sequence[Operation]) -> None:
    for batch_id in {each.batch_id for each in found}:
        tasks.finish_in_background(batch_id)


def _url(request: ConsoleRequest, import_id: uuid.UUID) -> str:
    parts = {"account_id": request.account_id, "import_id": import_id}
    return reverse("import-detail", kwargs=parts)


def _own(request: ConsoleRequest, import_id: uuid.UUID, role: Role) -> list[Operation]:
    """Return the operations in the Regions where the person has the role."""
    regions = {target.region for target in permitted_targets(request, role)}
    return operations.operations_of_import(
        import_id=import_id, account_id=request.account_id, regions=regions
    )


def _failed(found: Sequence[Operation]) -> list[Operation]:
    """Return what the background can repeat; the page of the batch asks for a credential."""
    failed = [each for each in found if each.state == OperationState.FAILED]
    return [each for each in failed if not each.needs_credential]


def _interrupted(found: Sequence[Operation]) -> list[Operation]:
    return [each for each in found if each.is_interrupted and not each.needs_credential]


def _results(found: Sequence[Operation], *, is_running: bool) -> list[ResultRow]:
    """Return the rows; each leads to the page of its batch, which has journal and ways out."""
    urls = {(each.region, each.ecr_repository_prefix): batch_url(each) for each in found}
    rows = results_of(journal_sections(found), is_running=is_running)
    return [replace(row, details_url=urls[row.region.code, row.name]) for row in rows]


def _title(found: Sequence[Operation], *, is_running: bool) -> str:
    numbers = {
        "done": sum(each.state == OperationState.SUCCEEDED for each in found),
        "all": len(found),
    }
    if is_running:
        text = ngettext("Importing %(all)d rule", "Importing %(all)d rules", len(found))
    elif numbers["done"] == numbers["all"]:
        text = ngettext("Imported %(all)d rule", "Imported %(all)d rules", len(found))
    else:
        text = ngettext(
            "Imported %(done)d of %(all)d rule", "Imported %(done)d of %(all)d rules", len(found)
        )
    return text % numbers
