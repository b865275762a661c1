"""The test of the credential of a draft: it is saved and sealed first, so that nothing is lost.

The result is kept in the person's session, for the sealed credential that was tested. Another
credential, or another draft, does not show it.
"""

import hashlib
from dataclasses import asdict
from typing import Any, Final

from django.contrib import messages
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from wizard.domain import Credential, RuleDraft
from wizard.domain.upstream_logins import LoginJudgement, LoginPlace, LoginVerdict
from wizard.services import credential_tests
from wizard.web import ConsoleRequest
from wizard.words import JudgedLogin, judged_login

RESULT_ID: Final = "credential-test"
_TESTED: Final = "tested_credential"


@sensitive_variables()
def test_draft(request: ConsoleRequest, draft: RuleDraft, credential: Credential | None) -> None:
    """Test a credential of the draft, and keep the result for its page."""
    if draft.registry is None or credential is None or not credential_tests.is_offered():
        messages.info(
            request,
            _("To test credentials, choose Create an AWS secret, and enter them."),
        )
        return
    judged = credential_tests.test_credential(
        user=request.user,
        target=draft.target,
        place=LoginPlace.of(draft.registry, draft.source),
        credential=credential,
    )
    request.session[_TESTED] = {"of": _mark(draft), **asdict(judged)}


def shown_test(request: ConsoleRequest, draft: RuleDraft) -> JudgedLogin | None:
    """Return what the page says about the last test of the draft's credential."""
    kept: dict[str, Any] = dict(request.session.get(_TESTED) or {})
    if not kept or draft.registry is None or kept.pop("of") != _mark(draft):
        return None
    judged = LoginJudgement(**{**kept, "verdict": LoginVerdict(kept["verdict"])})
    return judged_login(judged, registry=draft.registry.name)


def _mark(draft: RuleDraft) -> str:
    """Return what tells one sealed credential of a draft from another."""
    text = f"{draft.draft_id} {draft.sealed_credential}"
    return hashlib.sha256(text.encode()).hexdigest()
