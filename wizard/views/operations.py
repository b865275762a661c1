"""Operations: what was confirmed together, how it went in each Region, and how to go on.

One that was cut off is compared with what AWS holds; a person completes it or cleans it up.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from wizard import tasks
from wizard.domain.errors import ConsoleError, OperationNotFound
from wizard.domain.grants import Role
from wizard.drafting import store
from wizard.forms.operation import CredentialForm
from wizard.models import Operation, OperationState
from wizard.services import access
from wizard.services.operations import batches, comparing, lookups, recovery
from wizard.views import progress
from wizard.views.operation_sections import (
    batch_url,
    credential_form,
    heading_of,
    is_running,
    is_unsettled,
    needs_credential,
    operation_url,
    outcome_of,
    sections_of,
    title_of,
)
from wizard.web.posted import takes
from wizard.web.requests import ConsoleRequest, at_account, at_target, targets_of
from wizard.words import Text
from wizard.words.errors import error_view

LIMIT = 50

INTERRUPTED = "interrupted"

# The states of the list's filter with their words.
STATES: dict[str, Text] = {
    "": gettext_lazy("All operations"),
    INTERRUPTED: gettext_lazy("Cut off"),
    OperationState.RUNNING: gettext_lazy("In progress"),
    OperationState.FAILED: gettext_lazy("Failed"),
    OperationState.UNTRIED: gettext_lazy("Not tried"),
    OperationState.SUCCEEDED: gettext_lazy("Succeeded"),
    OperationState.CLEANED: gettext_lazy("Cleaned up"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A batch in the list."""

    operations: list[Operation]

    @property
    def first(self) -> Operation:
        return self.operations[0]

    @property
    def url(self) -> str:
        is_one = len(self.operations) == 1
        return operation_url(self.first) if is_one else batch_url(self.first)

    @property
    def title(self) -> str:
        return title_of(self.operations)

    @property
    def status(self) -> str:
        """Which status the title has as its icon; a warning where only a part succeeded."""
        states = {each.state for each in self.operations}
        if is_running(self.operations) or states == {OperationState.CLEANED}:
            return "pending"
        if OperationState.SUCCEEDED not in states:
            return "failed"
        return "valid" if len(states) == 1 else "warning"


@require_safe
@at_account
def operation_list(request: ConsoleRequest) -> HttpResponseBase:
    """The newest operations; on top those cut off and the secrets that no rule uses."""
    regions = [target.region for target in targets_of(request, Role.VIEWER)]
    wanted = request.GET.get("state", "")
    state = wanted if wanted in STATES else ""
    cut_off = _cut_off(request.account_id, regions)
    if state == INTERRUPTED:
        found = [[each] for each in reversed(cut_off)]
    else:
        found = _batches(request.account_id, regions, state)
    orphans = lookups.orphans(account_id=request.account_id, regions=regions)
    lost = lookups.lost_rules(account_id=request.account_id, regions=regions)
    context = {
        "rows": _rows(found),
        "limit": LIMIT if len(found) >= LIMIT and state != INTERRUPTED else 0,
        "cut_off": _rows([each] for each in cut_off),
        "lost": _rows([each] for each in lost),
        # What was cut off is above already, with or without a secret.
        "orphans": _rows([each] for each in orphans if not each.is_interrupted),
        "state": state,
        "states": [
            {"value": value, "label": label, "is_current": value == state}
            for value, label in STATES.items()
        ],
    }
    return render(request, "operations/list.html", context)


@require_safe
@at_account
def batch_detail(request: ConsoleRequest, batch_id: UUID) -> HttpResponseBase:
    """What was confirmed together, Region by Region."""
    return _batch_page(request, _own_batch(request, batch_id))


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_POST
@takes(CredentialForm)
@at_account
def batch_retry(request: ConsoleRequest, batch_id: UUID) -> HttpResponseBase:
    """Do once more what failed, in the Regions where this person may."""
    batch = _own_batch(request, batch_id)
    failed = _failed_of(request, batch)
    if not failed:
        return _nothing_to_do(request, batch[0])
    comparing.note_secrets(failed)
    form = CredentialForm(request.POST, is_needed=batches.needs_credential(failed))
    if not form.is_valid():
        return _batch_page(request, batch, form=form)
    batches.retry_failed(
        batch_id=batch_id,
        account_id=request.account_id,
        regions={each.region for each in failed},
        credential=form.credential(),
        actor=request.user,
    )
    tasks.finish_in_background(batch_id)
    _tell_retry(request, _own_batch(request, batch_id), {each.pk for each in failed})
    return _see_other(batch_url(batch[0]))


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_POST
@takes(CredentialForm)
@at_target
def operation_complete(request: ConsoleRequest, operation_id: UUID) -> HttpResponse:
    """Make what an operation that was cut off has not made yet."""
    operation = lookups.get_operation(operation_id=operation_id, target=request.target)
    if not is_unsettled(operation):
        return _nothing_to_do(request, operation)
    finding = comparing.compare(operation)
    if finding.error is not None:
        return _refused(request, operation, finding.error)
    form = CredentialForm(
        request.POST,
        is_needed=needs_credential(operation, finding),
        auto_id=credential_form(operation).auto_id,
    )
    if not form.is_valid():
        batch = _own_batch(request, operation.batch_id)
        return _batch_page(request, batch, form=form, at=operation)
    creation = recovery.complete(
        operation=operation, credential=form.credential(), actor=request.user
    )
    if not creation.is_ours:
        return _nothing_to_do(request, operation)
    if creation.error is not None:
        return _refused(request, operation, creation.error)
    if operation.is_waiting:
        tasks.finish_in_background(operation.batch_id)
        return _see_other(batch_url(operation))
    messages.success(request, _("The operation is complete."))
    return _see_other(batch_url(operation))


@require_POST
@takes()
@at_target
def operation_clean_up(request: ConsoleRequest, operation_id: UUID) -> HttpResponse:
    """Take back what an operation made that did not come to its end."""
    operation = lookups.get_operation(operation_id=operation_id, target=request.target)
    if not is_unsettled(operation):
        return _nothing_to_do(request, operation)
    error = recovery.clean_up(operation=operation, actor=request.user)
    if error is not None:
        return _refused(request, operation, error)
    messages.success(request, _("What the operation had made was taken back."))
    return _see_other(batch_url(operation))


def _cut_off(account_id: str, regions: Collection[str]) -> list[Operation]:
    found = lookups.interrupted_operations(account_id=account_id)
    return [each for each in found if each.region in regions]


def _batches(account_id: str, regions: Collection[str], state: str) -> list[list[Operation]]:
    found = lookups.list_batches(account_id=account_id, regions=regions, state=state, limit=LIMIT)
    if state != OperationState.RUNNING:
        return found
    # In the database one that was cut off is in progress still.
    return [batch for batch in found if is_running(batch)]


def _rows(found: Iterable[list[Operation]]) -> list[BatchRow]:
    return [BatchRow(operations=batch) for batch in found]


def _batch_page(
    request: ConsoleRequest,
    batch: Sequence[Operation],
    *,
    form: CredentialForm | None = None,
    at: Operation | None = None,
) -> HttpResponse:
    """The page of a batch; `form` is what was sent wrongly, about the operation `at` or a retry."""
    sections = sections_of(request, batch, form=form, at=at)
    running = is_running(batch)
    failed = [each for each in sections if each.may_retry]
    empty = CredentialForm(is_needed=any(each.asks_for_credential for each in failed))
    context: dict[str, Any] = {
        "title": title_of(batch),
        "heading": heading_of(batch),
        "outcome": outcome_of(batch),
        "prefix": batch[0].ecr_repository_prefix,
        "batch_id": batch[0].batch_id,
        "sections": sections,
        "is_running": running,
        "failed": [] if running else failed,
        "made": next((each for each in batch if each.state == OperationState.SUCCEEDED), None),
        "draft_url": "" if running else _draft_url(request, batch),
        "form": form,
        "retry_form": form if form is not None and at is None else empty,
    }
    return render(request, "operations/batch.html", context, status=422 if form else 200)


def _draft_url(request: ConsoleRequest, batch: Sequence[Operation]) -> str:
    """Where this person corrects the answers of what failed; empty when the draft is gone."""
    draft_ids = [each.draft_id for each in batch if batches.can_retry(each)]
    draft = store.find_open_draft(draft_ids=draft_ids, owner_id=request.user.pk)
    return progress.step_url(draft, draft.next_open_step) if draft else ""


def _own_batch(request: ConsoleRequest, batch_id: UUID) -> list[Operation]:
    """The batch in the person's Regions; raises OperationNotFound."""
    own = {target.region for target in targets_of(request, Role.VIEWER)}
    every = lookups.operations_of(batch_id=batch_id, account_id=request.account_id)
    found = [each for each in every if each.region in own]
    if not found:
        raise OperationNotFound(str(batch_id))
    return found


def _failed_of(request: ConsoleRequest, batch: Sequence[Operation]) -> list[Operation]:
    """What the person may do again; raises NotPermitted when all that failed is others'."""
    failed = [each for each in batch if batches.can_retry(each)]
    workable = set(targets_of(request, Role.OPERATOR))
    own = [each for each in failed if each.target in workable]
    if failed and not own:
        access.check_access(user=request.user, role=Role.OPERATOR, target=failed[0].target)
    return own


def _tell_retry(
    request: ConsoleRequest, batch: Sequence[Operation], tried: Collection[UUID]
) -> None:
    """The flash after a retry: what came of what was tried again."""
    states = [each.state for each in batch if each.pk in tried]
    failed = states.count(OperationState.FAILED)
    done = states.count(OperationState.SUCCEEDED)
    if failed:
        text = ngettext("It failed again in %d Region.", "It failed again in %d Regions.", failed)
        messages.error(request, text % failed)
    elif done == len(states):
        messages.success(request, _("What had failed is done now."))


def _nothing_to_do(request: ConsoleRequest, operation: Operation) -> HttpResponse:
    messages.info(request, _("There is nothing left to do for this operation."))
    return _see_other(batch_url(operation))


def _refused(request: ConsoleRequest, operation: Operation, error: ConsoleError) -> HttpResponse:
    """Back to the page, which has AWS's words and what to do."""
    text = _("It could not be done: %(why)s") % {"why": error_view(error).title}
    messages.error(request, text)
    return _see_other(batch_url(operation))


def _see_other(url: str) -> HttpResponse:
    return HttpResponseRedirect(url, status=303)
