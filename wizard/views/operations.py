"""Operations: what was confirmed together, how it went in each Region, and how to go on.

One that was cut off is compared with what AWS holds; a person completes it or cleans it up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from wizard.domain.errors import AwsError, OperationNotFound, RuleAlreadyExists
from wizard.domain.regions import Region
from wizard.domain.roles import Role
from wizard.domain.rules import NewRule, new_rule_like
from wizard.forms.operation import CredentialForm
from wizard.messages import ErrorView, Text, error_view
from wizard.models import Operation, OperationState, OperationStep
from wizard.services import batches, operations, places, recovery
from wizard.services.recovery import Finding
from wizard.views.posted import takes
from wizard.views.requests import ConsoleRequest, at_account, at_target, targets_of

INTERRUPTED = "interrupted"

# The states of the list's filter with their words.
STATES: dict[str, Text] = {
    "": gettext_lazy("All operations"),
    INTERRUPTED: gettext_lazy("Cut off"),
    OperationState.RUNNING: gettext_lazy("In progress"),
    OperationState.FAILED: gettext_lazy("Failed"),
    OperationState.SUCCEEDED: gettext_lazy("Succeeded"),
    OperationState.CLEANED: gettext_lazy("Cleaned up"),
}

_MEMBERS: dict[str, Text] = {
    "ecr_repository_prefix": gettext_lazy("Amazon ECR repository prefix"),
    "upstream_registry_url": gettext_lazy("Source registry URL"),
    "credential_arn": gettext_lazy("Secret ARN"),
    "custom_role_arn": gettext_lazy("Role ARN"),
    "upstream_repository_prefix": gettext_lazy("Upstream repository prefix"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A member in which the existing rule is not what was asked for."""

    label: Text
    asked: str
    existing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionView:
    """One Region of a batch: how far it is, what refused it, and what can be done."""

    operation: Operation
    region: Region
    steps: Sequence[OperationStep]
    error: ErrorView | None
    finding: Finding | None
    finding_error: ErrorView | None
    differences: list[Difference]
    needs_credential: bool
    may_work: bool

    @property
    def can_end(self) -> bool:
        """Whether Complete and Clean up are offered."""
        return self.may_work and (self.operation.is_interrupted or self.operation.has_orphan)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A batch in the list."""

    operations: list[Operation]
    url: str

    @property
    def first(self) -> Operation:
        return self.operations[0]

    @property
    def title(self) -> str:
        return title_of(self.operations)


@require_safe
@at_account
def operation_list(request: ConsoleRequest) -> HttpResponseBase:
    """The newest operations; on top those cut off and the secrets that no rule uses."""
    regions = [target.region for target in targets_of(request, Role.VIEWER)]
    wanted = request.GET.get("state", "")
    state = wanted if wanted in STATES else ""
    cut_off = [
        each
        for each in recovery.interrupted_operations(account_id=request.account_id)
        if each.region in regions
    ]
    if state == INTERRUPTED:
        found = [[each] for each in cut_off]
    else:
        found = batches.list_batches(account_id=request.account_id, regions=regions, state=state)
    context = {
        "rows": [BatchRow(operations=batch, url=batch_url(batch[0])) for batch in found],
        "cut_off": [BatchRow(operations=[each], url=batch_url(each)) for each in cut_off],
        "orphans": [
            BatchRow(operations=[each], url=batch_url(each))
            for each in recovery.orphans(account_id=request.account_id, regions=regions)
        ],
        "states": [
            {"value": value, "label": label, "is_current": value == state}
            for value, label in STATES.items()
        ],
    }
    return render(request, "operations/list.html", context)


@require_safe
@at_account
def batch_detail(request: ConsoleRequest, batch_id: UUID) -> HttpResponseBase:
    """What was confirmed together, Region by Region; it can be left and found again."""
    return _batch_page(request, batch_id)


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_POST
@takes(CredentialForm)
@at_account
def batch_retry(request: ConsoleRequest, batch_id: UUID) -> HttpResponseBase:
    """Do once more what failed, in the Regions where this person may."""
    batch = _own_batch(request, batch_id)
    form = CredentialForm(request.POST, is_needed=batches.needs_credential(batch))
    if not form.is_valid():
        return _batch_page(request, batch_id, form=form)
    batches.retry_failed(
        batch_id=batch_id,
        account_id=request.account_id,
        regions={target.region for target in targets_of(request, Role.OPERATOR)},
        credential=form.credential(),
        actor=request.user,
    )
    return _see_other(batch_url(batch[0]))


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_POST
@takes(CredentialForm)
@at_target
def operation_complete(request: ConsoleRequest, operation_id: UUID) -> HttpResponse:
    """Make what an operation that was cut off has not made yet."""
    operation = operations.get_operation(operation_id=operation_id, target=request.target)
    if not _can_go_on(operation):
        return _nothing_to_do(request, operation)
    finding = recovery.compare(operation)
    form = CredentialForm(request.POST, is_needed=_needs_credential(operation, finding))
    if not form.is_valid():
        return _batch_page(request, operation.batch_id, form=form, at=operation)
    creation = recovery.complete(operation=operation, credential=form.credential())
    if creation.is_ours and creation.error is None:
        messages.success(request, _("The operation is complete."))
    return _see_other(batch_url(operation))


@require_POST
@takes()
@at_target
def operation_clean_up(request: ConsoleRequest, operation_id: UUID) -> HttpResponse:
    """Take back what an operation made that did not come to its end."""
    operation = operations.get_operation(operation_id=operation_id, target=request.target)
    if not _can_go_on(operation):
        return _nothing_to_do(request, operation)
    error = recovery.clean_up(operation=operation)
    if error is not None:
        raise error
    messages.success(request, _("What the operation had made was taken back."))
    return _see_other(batch_url(operation))


def batch_url(operation: Operation) -> str:
    """The page of everything confirmed together with this operation."""
    kwargs = {"account_id": operation.account_id, "batch_id": operation.batch_id}
    return reverse("batch-detail", kwargs=kwargs)


def title_of(batch: Sequence[Operation]) -> str:
    """What a batch came to, in a line that is true."""
    done = sum(each.state == OperationState.SUCCEEDED for each in batch)
    if any(each.is_interrupted for each in batch):
        return _("Cut off: created in %(done)d of %(all)d") % {"done": done, "all": len(batch)}
    if any(each.state == OperationState.RUNNING for each in batch):
        text = ngettext("Creating in %d Region", "Creating in %d Regions", len(batch))
        return text % len(batch)
    if done == len(batch):
        return ngettext("Created in %d Region", "Created in %d Regions", done) % done
    if done == 0 and all(each.state == OperationState.CLEANED for each in batch):
        return _("Cleaned up")
    if done == 0:
        return _("The rule was not created")
    return _("Created in %(done)d of %(all)d Regions") % {"done": done, "all": len(batch)}


def region_view(request: ConsoleRequest, operation: Operation) -> RegionView:
    """One Region as its section shows it; asks AWS only about what is not settled."""
    is_open = operation.is_interrupted or operation.has_orphan
    finding = recovery.compare(operation) if is_open and operation.planned_rule else None
    refused = _refusal(operation)
    return RegionView(
        operation=operation,
        region=places.region_named(operation.region),
        steps=list(operation.steps.all()),
        error=error_view(refused) if refused else None,
        finding=finding,
        finding_error=error_view(finding.error) if finding and finding.error else None,
        differences=_differences(operation, refused),
        needs_credential=_needs_credential(operation, finding),
        may_work=operation.target in targets_of(request, Role.OPERATOR),
    )


def _batch_page(
    request: ConsoleRequest,
    batch_id: UUID,
    *,
    form: CredentialForm | None = None,
    at: Operation | None = None,
) -> HttpResponse:
    batch = _own_batch(request, batch_id)
    sections = [region_view(request, operation) for operation in batch]
    is_running = any(
        each.state == OperationState.RUNNING and not each.is_interrupted for each in batch
    )
    may_retry = any(each.may_work and batches.can_retry(each.operation) for each in sections)
    context: dict[str, Any] = {
        "title": title_of(batch),
        "prefix": batch[0].ecr_repository_prefix,
        "batch_id": batch_id,
        "sections": sections,
        "is_running": is_running,
        "may_retry": may_retry and not is_running,
        "form": form,
        "at": at,
        "retry_form": CredentialForm(is_needed=batches.needs_credential(batch)),
        "end_form": CredentialForm(is_needed=True),
    }
    return render(request, "operations/batch.html", context, status=422 if form else 200)


def _own_batch(request: ConsoleRequest, batch_id: UUID) -> list[Operation]:
    """The batch in the person's Regions; raises OperationNotFound."""
    own = {target.region for target in targets_of(request, Role.VIEWER)}
    every = batches.operations_of(batch_id=batch_id, account_id=request.account_id)
    found = [each for each in every if each.region in own]
    if not found:
        raise OperationNotFound(str(batch_id))
    return found


def _can_go_on(operation: Operation) -> bool:
    return bool(operation.planned_rule) and (operation.is_interrupted or operation.has_orphan)


def _nothing_to_do(request: ConsoleRequest, operation: Operation) -> HttpResponse:
    messages.info(request, _("There is nothing left to do for this operation."))
    return _see_other(batch_url(operation))


def _needs_credential(operation: Operation, finding: Finding | None) -> bool:
    return operation.needs_credential and not (finding and finding.secret_arn)


def _refusal(operation: Operation) -> AwsError | None:
    """What stopped it: the last refusal in the journal, while it is not overcome."""
    if operation.state != OperationState.FAILED:
        return None
    return next((step.error for step in reversed(operation.steps.all()) if step.error), None)


def _differences(operation: Operation, refused: AwsError | None) -> list[Difference]:
    """In what the rule that took the prefix is another; empty when nobody can tell."""
    if not isinstance(refused, RuleAlreadyExists) or not operation.planned_rule:
        return []
    rule = recovery.compare(operation).rule
    if rule is None:
        return []
    asked, existing = operation.rule, new_rule_like(rule)
    return [
        Difference(
            label=_MEMBERS[field.name],
            asked=getattr(asked, field.name) or "-",
            existing=getattr(existing, field.name) or "-",
        )
        for field in fields(NewRule)
        if getattr(asked, field.name) != getattr(existing, field.name)
    ]


def _see_other(url: str) -> HttpResponse:
    return HttpResponseRedirect(url, status=303)
