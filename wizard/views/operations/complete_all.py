"""Complete all: create what is missing of all interrupted operations of a batch, with one form."""

from uuid import UUID

from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from wizard import tasks
from wizard.forms.operation import CredentialForm
from wizard.services import operations
from wizard.views.operations.page import batch_page, nothing_to_do, own_batch, workable_of
from wizard.views.operations.titles import batch_url
from wizard.views.operations.ways_out import can_complete, complete_all_form
from wizard.web import ConsoleRequest, at_account, redirects_scripts, see_other, takes


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_POST
@redirects_scripts
@takes(CredentialForm)
@at_account
def batch_complete(request: ConsoleRequest, batch_id: UUID) -> HttpResponseBase:
    """Create what is missing in the Regions where this person is an operator."""
    batch = own_batch(request, batch_id)
    interrupted = workable_of(request, [each for each in batch if can_complete(each)])
    if not interrupted:
        return nothing_to_do(request, batch[0])
    findings = operations.compare_all(interrupted)
    form = complete_all_form(findings, request.POST)
    if not form.is_valid():
        return batch_page(request, batch, complete_form=form)
    operations.complete_all(comparisons=findings, credential=form.credential(), actor=request.user)
    tasks.finish_in_background(batch_id)
    return see_other(batch_url(batch[0]))
