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
    AuditOutcome.SUCCEEDED: gettext_lazy("AWS has made the change. The audit trail says so now."),
    AuditOutcome.FAILED: gettext_lazy(
        "AWS has not made the change. The audit trail says so now. Make it again if you need it."
    ),
    AuditOutcome.UNKNOWN: gettext_lazy(
        "AWS does not tell whether the change was made. The audit trail says so now."
    ),
    None: gettext_lazy("There is nothing left to do for this change."),
}


@require_POST
@takes()
@at_target
def change_settle(request: ConsoleRequest, event_id: UUID) -> HttpResponse:
    """Compare the change with AWS, and write its result to the audit trail."""
    try:
        outcome = cut_off.settle(target=request.target, event_id=event_id)
    except AwsError as error:
        text = _("It could not be done: %(why)s") % {"why": error_view(error).title}
        messages.error(request, text)
    else:
        messages.info(request, str(_WORDS[outcome]))
    return see_other(reverse("operation-list", args=[request.target.account_id]))
