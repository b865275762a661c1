"""The list of operations: the newest batches and deletions, after those that need a person."""

from collections.abc import Collection

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.domain import Role
from wizard.models import AuditEvent, Operation, OperationState
from wizard.services import cut_off as cut_off_changes
from wizard.services import operations
from wizard.views.cleanups.listing import interrupted_cleanups, newest_cleanups
from wizard.views.deletions.listing import interrupted_deletions, newest_deletions
from wizard.views.operations.listing import (
    LIMIT,
    STATES,
    BatchRow,
    OperationRow,
    batch_rows,
    latest_listing,
    newest_first,
    section_of,
)
from wizard.views.operations.titles import is_running
from wizard.views.rotations.listing import interrupted_rotations
from wizard.views.templates.operation_rows import (
    INTERRUPTED,
    interrupted_template_operations,
    newest_template_operations,
)
from wizard.web import ConsoleRequest, at_account, permitted_targets


@require_safe
@at_account
def operation_list(request: ConsoleRequest) -> HttpResponseBase:
    """List the newest operations, after the interrupted ones and the secrets without a rule.

    Single changes that were cut off come first.
    """
    regions = [target.region for target in permitted_targets(request, Role.VIEWER)]
    wanted = request.GET.get("state", "")
    state = wanted if wanted in STATES else ""
    cut_off = batch_rows(_cut_off(request.account_id, regions))
    cut_deletions: list[OperationRow] = [
        *interrupted_deletions(request.account_id, regions),
        *interrupted_cleanups(request.account_id, regions),
    ]
    cut_templates = interrupted_template_operations(request.account_id, regions)
    if state == INTERRUPTED:
        found = newest_first([*cut_off, *cut_deletions, *cut_templates])
    else:
        found = _newest(request.account_id, regions, state)
    # What was cut off is above already, with or without a secret.
    orphans = [
        each
        for each in operations.orphans(account_id=request.account_id, regions=regions)
        if not each.is_interrupted
    ]
    lost = operations.lost_rules(account_id=request.account_id, regions=regions)
    context = {
        "listing": latest_listing(request, found, state),
        "limit": LIMIT if len(found) >= LIMIT else 0,
        "cut_off": section_of(request, "cut_off", cut_off),
        "cut_deletions": section_of(request, "cut_deletions", cut_deletions),
        "cut_templates": section_of(request, "cut_templates", cut_templates),
        "lost": section_of(request, "lost", batch_rows(lost)),
        "orphans": section_of(request, "orphans", batch_rows(orphans)),
        "changes": _changes(request.account_id, regions),
        "rotations": interrupted_rotations(request.account_id, regions),
    }
    return render(request, "operations/list.html", context)


def _cut_off(account_id: str, regions: Collection[str]) -> list[Operation]:
    return operations.interrupted_operations(
        account_id=account_id, regions=regions, most=operations.MOST_LISTED
    )


def _changes(account_id: str, regions: Collection[str]) -> list[AuditEvent]:
    """The oldest changes without a result."""
    return cut_off_changes.list_cut_off(account_id=account_id, regions=regions)[:LIMIT]


def _newest(account_id: str, regions: Collection[str], state: str) -> list[OperationRow]:
    batches = [BatchRow(operations=each) for each in _batches(account_id, regions, state)]
    others: list[OperationRow] = [
        *newest_deletions(account_id, regions, state),
        *newest_cleanups(account_id, regions, state),
        *newest_template_operations(account_id, regions, state),
    ]
    return newest_first([*batches, *others])


def _batches(account_id: str, regions: Collection[str], state: str) -> list[list[Operation]]:
    found = operations.list_batches(
        account_id=account_id, regions=regions, state=state, limit=LIMIT
    )
    if state != OperationState.RUNNING:
        return found
    # In the database one that was cut off is in progress still.
    return [batch for batch in found if is_running(batch)]
