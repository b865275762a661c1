"""The upstream credential of a draft, sealed between its step and Create."""

from dataclasses import replace

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_variables

from wizard.domain import Credential, RuleDraft, Step
from wizard.drafting import sealed
from wizard.drafting.steps import AuthenticationForm
from wizard.views.wizard import progress
from wizard.web import ConsoleRequest, see_other


@sensitive_variables()
def with_credential(draft: RuleDraft, form: AuthenticationForm) -> tuple[RuleDraft, str]:
    """Seal a typed credential; return the draft with it, and the key for the cookie."""
    credential = form.credential()
    if credential is not None:
        ciphertext, key = sealed.seal(credential)
        return replace(draft, sealed_credential=ciphertext), key
    if not draft.makes_secret:
        return replace(draft, sealed_credential=""), ""
    return draft, ""


@sensitive_variables()
def unsealed(request: ConsoleRequest, draft: RuleDraft) -> Credential | None:
    """Return the draft's credential; None if it has none, or the key is missing or expired."""
    if not draft.sealed_credential:
        return None
    return sealed.unseal(draft.sealed_credential, sealed.read_key(request))


def without_stale_credential(request: ConsoleRequest, draft: RuleDraft) -> RuleDraft:
    """Return the draft without a sealed credential that cannot be decrypted any more."""
    if unsealed(request, draft) is not None:
        return draft
    return replace(draft, sealed_credential="")


def with_others_credential(answered: RuleDraft, loaded: RuleDraft) -> RuleDraft:
    """Keep a stored credential that only another browser can decrypt, if its step is unchanged."""
    step = Step.AUTHENTICATION
    if answered.sealed_credential or answered.answers.get(step) != loaded.answers.get(step):
        return answered
    return replace(answered, sealed_credential=loaded.sealed_credential)


def redirect_with_key(url: str, key: str, draft: RuleDraft) -> HttpResponse:
    """Redirect, and give the browser the key of a credential that was just sealed, if any."""
    response = see_other(url)
    if key:
        sealed.set_key_cookie(response, key, path=progress.draft_path(draft))
    return response


def forget_key(response: HttpResponse, draft: RuleDraft) -> None:
    """Delete the key's cookie; the sealed credential of the draft cannot be opened any more."""
    sealed.forget_key_cookie(response, path=progress.draft_path(draft))
