"""Retry failed: repeat the failed operations of a batch."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from wizard import tasks
from wizard.forms.operation import CredentialForm
from wizard.models import Operation, OperationState
from wizard.services import operations
from wizard.views.operations.page import batch_page, nothing_to_do, own_batch, workable_of
from wizard.views.operations.titles import batch_url
from wizard.web import ConsoleRequest, at_account, redirects_scripts, see_other, takes


@sensitive_variables()
@sensitive_post_parameters("access_token")
@require_POST
@redirects_scripts
@takes(CredentialForm)
@at_account
def batch_retry(request: ConsoleRequest, batch_id: UUID) -> HttpResponseBase:
    """Repeat what failed, in the Regions where this person is an operator."""
    batch = own_batch(request, batch_id)
    failed = workable_of(request, [each for each in batch if operations.can_retry(each)])
    if not failed:
        return nothing_to_do(request, batch[0])
    operations.note_secrets(failed)
    form = CredentialForm(request.POST, is_needed=operations.needs_credential(failed))
    if not form.is_valid():
        return batch_page(request, batch, form=form)
    operations.retry_failed(
        batch_id=batch_id,
        account_id=request.account_id,
        regions={each.region for each in failed},
        credential=form.credential(),
        actor=request.user,
    )
    tasks.finish_in_background(batch_id)
    _tell_retry(request, own_batch(request, batch_id), {each.pk for each in failed})
    return see_other(batch_url(batch[0]))


def _tell_retry(
    request: ConsoleRequest, batch: Sequence[Operation], tried: Collection[UUID]
) -> None:
    """Flash the result of the retry."""
    states = [each.state for each in batch if each.pk in tried]
    failed = states.count(OperationState.FAILED)
    done = states.count(OperationState.SUCCEEDED)
    if failed:
        text = ngettext("It failed again in %d Region.", "It failed again in %d Regions.", failed)
        messages.error(request, text % failed)
    elif done == len(states):
        messages.success(request, _("The retry succeeded."))
