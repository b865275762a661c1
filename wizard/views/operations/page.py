"""The page of a batch, the operations that were confirmed together: a section for each Region."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wizard.domain import Role
from wizard.domain.errors import OperationNotFound
from wizard.drafting import store
from wizard.exports import FORMATS
from wizard.forms.operation import CredentialForm
from wizard.models import Operation, OperationState
from wizard.services import operations
from wizard.views.downloads import outcomes_file
from wizard.views.operations.exported import lines_of
from wizard.views.operations.results import is_search, progress_of, results_listing, results_of
from wizard.views.operations.sections import findings_of, journal_sections, sections_of
from wizard.views.operations.titles import (
    batch_url,
    heading_of,
    is_running,
    outcome_of,
    page_title_of,
    place_of,
)
from wizard.views.operations.ways_out import complete_all_form
from wizard.views.wizard import progress
from wizard.web import ConsoleRequest, at_account, permitted_targets, place_url, see_other

# How many failed Regions of a batch are shown with all details.
MOST_OPEN: Final = 3


@require_safe
@at_account
def batch_detail(request: ConsoleRequest, batch_id: UUID) -> HttpResponseBase:
    """Show a batch; with `format`, its results are a file."""
    batch = own_batch(request, batch_id)
    if request.GET.get("format") in FORMATS:
        lines, account_id = lines_of(batch), request.account_id
        return outcomes_file(lines, format_name=request.GET["format"], account_id=account_id)
    return batch_page(request, batch)


def batch_page(
    request: ConsoleRequest,
    batch: Sequence[Operation],
    *,
    form: CredentialForm | None = None,
    at: Operation | None = None,
    complete_form: CredentialForm | None = None,
) -> HttpResponse:
    """Render a batch; `form` has errors and belongs to the operation `at`, or to the retry.

    `complete_form` has errors and belongs to all interrupted operations.
    """
    # A search while a person types shows the rows only, which say nothing that AWS is asked for.
    if is_search(request):
        sections = journal_sections(batch)
    else:
        sections = sections_of(request, batch, form=form, at=at)
    running = is_running(batch)
    failed = [each for each in sections if each.may_retry]
    open_ends = [each for each in sections if each.may_complete]
    empty = CredentialForm(is_needed=any(each.asks_for_credential for each in failed))
    context: dict[str, Any] = {
        "title": page_title_of(batch),
        "heading": heading_of(batch),
        "place": place_of(batch),
        "outcome": outcome_of(batch),
        "listing": results_listing(
            request, results_of(sections, is_running=running), is_running=running
        ),
        "progress": progress_of(batch) if running else None,
        "progress_url": batch_url(batch[0], name="batch-progress"),
        "batch_id": batch[0].batch_id,
        "formats": FORMATS.items(),
        "sections": sorted(sections, key=lambda each: not each.needs_attention),
        # A few failures are open, so that the page says at once what to do.
        "opens_failures": sum(each.needs_attention for each in sections) <= MOST_OPEN,
        "validated": [each.operation for each in sections if each.may_validate],
        "is_running": running,
        "is_waiting": any(each.is_waiting for each in batch),
        "failed": [] if running else failed,
        # One form for all of them; a single one has its own.
        "completed_together": open_ends if len(open_ends) > 1 else [],
        "complete_form": complete_form or complete_all_form(findings_of(open_ends)),
        "made": next((each for each in batch if each.state == OperationState.SUCCEEDED), None),
        "rules_url": _rules_url(batch),
        "import_id": operations.import_of(batch[0]),
        "draft_url": "" if running else _draft_url(request, batch),
        "form": form or complete_form,
        "retry_form": form if form is not None and at is None else empty,
    }
    return render(
        request, "operations/batch.html", context, status=422 if form or complete_form else 200
    )


def _rules_url(batch: Sequence[Operation]) -> str:
    """Return the address of the Region's rules, or of the account's for several Regions."""
    first = batch[0]
    if len(batch) == 1:
        return place_url("rule-list", first.target)
    return reverse("rule-overview", kwargs={"account_id": first.account_id})


def _draft_url(request: ConsoleRequest, batch: Sequence[Operation]) -> str:
    """Return where this person can correct the failed draft; empty if there is no such draft."""
    draft_ids = [each.draft_id for each in batch if operations.can_retry(each)]
    draft = store.find_open_draft(draft_ids=draft_ids, owner_id=request.user.pk)
    return progress.step_url(draft, draft.next_open_step) if draft else ""


def own_batch(request: ConsoleRequest, batch_id: UUID) -> list[Operation]:
    """Return the batch, limited to the person's Regions. Raises OperationNotFound."""
    own = {target.region for target in permitted_targets(request, Role.VIEWER)}
    every = operations.operations_of(batch_id=batch_id, account_id=request.account_id)
    found = [each for each in every if each.region in own]
    if not found:
        raise OperationNotFound(str(batch_id))
    return found


def workable_of(request: ConsoleRequest, found: Sequence[Operation]) -> list[Operation]:
    """Return the operations in Regions where the person is an operator.

    Raises NotPermitted if none of them is.
    """
    workable = set(permitted_targets(request, Role.OPERATOR))
    own = [each for each in found if each.target in workable]
    if found and not own:
        operations.check_regions(found, actor=request.user)
    return own


def nothing_to_do(request: ConsoleRequest, operation: Operation) -> HttpResponse:
    """Flash that the operation has already ended, and redirect to its page."""
    messages.info(request, _("No action is required for this operation."))
    return see_other(batch_url(operation))
