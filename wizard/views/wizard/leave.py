"""Cancelling the wizard: a question, then the draft is discarded or kept."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wizard.domain import Step
from wizard.drafting import store
from wizard.views.wizard import progress, replacement
from wizard.views.wizard.credentials import forget_key
from wizard.web import (
    ConsoleRequest,
    at_target,
    load_own_draft,
    local_url,
    place_url,
    see_other,
    takes,
)


@require_http_methods(["GET", "HEAD", "POST"])
@takes("next", "keep")
@at_target
def draft_cancel(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Cancel the wizard: after a question, discard the draft or keep it."""
    draft = load_own_draft(request, draft_id)
    if request.method != "POST":
        left = request.GET.get(progress.LEFT, "")
        is_known = left in list(Step) and draft.is_reachable(Step(left))
        back = Step(left) if is_known else draft.next_open_step
        context = {
            "journey": replacement.journey(draft),
            "back_url": progress.step_url(draft, back),
        }
        return render(request, "wizard/cancel.html", context)
    wanted = local_url(request, request.POST.get("next", ""))
    response = see_other(wanted or place_url("rule-list", draft.target))
    if "keep" in request.POST:
        store.keep_draft(draft)
        text = _("Your draft is saved. To continue, open the drafts above the list of rules.")
        messages.info(request, text)
        return response
    store.discard_draft(draft)
    forget_key(response, draft)
    return response
