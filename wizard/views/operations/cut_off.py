"""Settling a change that was cut off outside of the wizard."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from wizard.domain.errors import AwsError
from wizard.models import AuditOutcome
from wizard.services import cut_off
from wizard.web import ConsoleRequest, at_target, see_other, takes
from wizard.words import Text, error_view

_WORDS: Final[dict[AuditOutcome | None, Text]] = {
    AuditOutcome.SUCCEEDED: gettext_lazy(
        "The change was made in AWS. The result is recorded in the audit trail."
    ),
    AuditOutcome.FAILED: gettext_lazy(
        "The change wasn't made in AWS. The result is recorded in the audit trail. If you"
        " still need the change, repeat it."
    ),
    AuditOutcome.UNKNOWN: gettext_lazy(
        "AWS doesn't show whether the change was made. The result is recorded in the audit trail."
    ),
    None: gettext_lazy("No action is required for this change."),
}


@require_POST
@takes()
@at_target
def change_settle(request: ConsoleRequest, event_id: UUID) -> HttpResponse:
    """Compare the change with AWS, and write its result to the audit trail."""
    try:
        outcome = cut_off.settle(target=request.target, event_id=event_id)
    except AwsError as error:
        text = _("The action failed: %(why)s") % {"why": error_view(error).title}
        messages.error(request, text)
    else:
        messages.info(request, str(_WORDS[outcome]))
    return see_other(reverse("operation-list", args=[request.target.account_id]))
