"""Complete and Clean up: the two ways to end an operation that did not finish."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from wizard import tasks
from wizard.domain.errors import ConsoleError
from wizard.forms.operation import CredentialForm
from wizard.models import Operation
from wizard.services import operations
from wizard.views.operations.page import batch_page, nothing_to_do, own_batch
from wizard.views.operations.titles import batch_url
from wizard.views.operations.ways_out import credential_form, is_unsettled, needs_credential
from wizard.web import ConsoleRequest, at_target, see_other, takes
from wizard.words import error_view


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_POST
@takes(CredentialForm)
@at_target
def operation_complete(request: ConsoleRequest, operation_id: UUID) -> HttpResponse:
    """Create what is missing of an interrupted operation."""
    operation = operations.get_operation(operation_id=operation_id, target=request.target)
    if not is_unsettled(operation):
        return nothing_to_do(request, operation)
    finding = operations.compare(operation)
    if finding.error is not None:
        return _refused(request, operation, finding.error)
    form = CredentialForm(
        request.POST,
        is_needed=needs_credential(operation, finding),
        auto_id=credential_form(operation).auto_id,
    )
    if not form.is_valid():
        batch = own_batch(request, operation.batch_id)
        return batch_page(request, batch, form=form, at=operation)
    creation = operations.complete(
        operation=operation, credential=form.credential(), actor=request.user
    )
    if not creation.is_ours:
        return nothing_to_do(request, operation)
    if creation.error is not None:
        return _refused(request, operation, creation.error)
    if operation.is_waiting:
        tasks.finish_in_background(operation.batch_id)
        return see_other(batch_url(operation))
    messages.success(request, _("The operation is complete."))
    return see_other(batch_url(operation))


@require_POST
@takes()
@at_target
def operation_clean_up(request: ConsoleRequest, operation_id: UUID) -> HttpResponse:
    """Undo the changes of an operation that did not finish."""
    operation = operations.get_operation(operation_id=operation_id, target=request.target)
    if not is_unsettled(operation):
        return nothing_to_do(request, operation)
    error = operations.clean_up(operation=operation, actor=request.user)
    if error is not None:
        return _refused(request, operation, error)
    messages.success(request, _("The changes of the operation were undone."))
    return see_other(batch_url(operation))


def _refused(request: ConsoleRequest, operation: Operation, error: ConsoleError) -> HttpResponse:
    """Flash the error and redirect to the page, which shows it in full."""
    text = _("The action failed: %(why)s") % {"why": error_view(error).title}
    messages.error(request, text)
    return see_other(batch_url(operation))
