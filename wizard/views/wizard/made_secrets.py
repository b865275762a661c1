"""Secrets during the wizard: restore one, or delete one whose rule was not created."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wizard.domain import RuleDraft, Step
from wizard.drafting import store
from wizard.services import operations, secrets
from wizard.views.wizard.credentials import forget_key
from wizard.views.wizard.progress import step_url
from wizard.web import ConsoleRequest, at_target, load_own_draft, see_other, takes


@require_POST
@takes("arn")
@at_target
def secret_restore(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Restore a secret that is scheduled for deletion, and select it."""
    load_own_draft(request, draft_id)
    arn = request.POST.get("arn", "")
    secret = secrets.restore_secret(target=request.target, arn=arn)

    def choose() -> RuleDraft:
        before = load_own_draft(request, draft_id)
        chosen = before.with_secret(secret.arn, name=secret.name)
        answered = before.with_answers(Step.AUTHENTICATION, chosen.answers[Step.AUTHENTICATION])
        # A credential that was typed for another secret is not needed any more.
        restored = replace(answered, sealed_credential="")
        store.save_draft(restored, before=before)
        return restored

    draft = store.again_if_changed(choose)
    text = _("Restored secret %(name)s (%(region)s).")
    messages.success(request, text % {"name": secret.name, "region": request.target.region})
    response = see_other(step_url(draft, Step.AUTHENTICATION))
    forget_key(response, draft)
    return response


@require_POST
@takes()
@at_target
def secret_discard(request: ConsoleRequest, draft_id: str) -> HttpResponse:
    """Schedule the deletion of the secret that this draft created, and ask for another."""
    draft = load_own_draft(request, draft_id)
    if draft.uses_made_secret:
        name = draft.existing_secret_name
        if not operations.discard_secret(draft=draft, actor=request.user):
            messages.info(request, _("No action is required for this operation."))
            return see_other(step_url(draft, Step.REVIEW))
        draft = store.again_if_changed(lambda: _ask_again(request, draft_id))
        text = _("Scheduled secret %(name)s (%(region)s) for deletion in %(days)d days.")
        names = {"name": name, "region": request.target.region, "days": secrets.RECOVERY_DAYS}
        messages.success(request, text % names)
    return see_other(step_url(draft, draft.next_open_step))


def _ask_again(request: ConsoleRequest, draft_id: str) -> RuleDraft:
    """Let the draft ask for another secret than the one that was deleted."""
    draft = load_own_draft(request, draft_id)
    asking = draft.without_made_secret(secret_name="")
    store.save_draft(asking, before=draft)
    return asking
