"""Which state of a draft a form shows, and what another tab or browser has changed since.

The form of a step carries it in a hidden field. An answer that builds on what was changed since, or
that would drop it, is not saved: the person compares both and decides. A form without the field is
not checked; it is not one of the console's pages.
"""

import secrets
from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest

from wizard.domain import RuleDraft, Step
from wizard.domain.draft_changes import ShownDraft, changed_since

# The hidden field.
SHOWN: Final = "shown"


def shown_value(draft: RuleDraft) -> str:
    """Return the value of the hidden field; each form has a mark of its own."""
    return str(ShownDraft(version=draft.version, mark=secrets.token_urlsafe(6)))


def _shown_by(request: HttpRequest) -> ShownDraft | None:
    return ShownDraft.parse(request.POST.get(SHOWN, ""))


def mark_of(request: HttpRequest) -> str:
    """Return the mark of the submitted form; empty without one."""
    shown = _shown_by(request)
    return shown.mark if shown else ""


def changed_elsewhere(request: HttpRequest, draft: RuleDraft) -> list[Step]:
    """Return all steps of the plan that were changed after the submitted form was shown."""
    since = changed_since(draft.changes, _shown_by(request))
    return [step for step in draft.plan.steps if step in since]


def overtaken(
    request: HttpRequest, draft: RuleDraft, step: Step, answered: RuleDraft | None = None
) -> Sequence[Step]:
    """Return the steps changed elsewhere that the submitted form of a step builds on or would drop.

    These are the step itself and those before it, and those whose answers `answered` does not have.
    An answer that changes nothing overtakes nothing.
    """
    if answered is not None and _is_same(answered, draft):
        return ()
    number = draft.plan.number(step)
    dropped = draft.answers.keys() - answered.answers.keys() if answered else set[Step]()
    return [
        each
        for each in changed_elsewhere(request, draft)
        if draft.plan.number(each) <= number or each in dropped
    ]


def _is_same(one: RuleDraft, other: RuleDraft) -> bool:
    is_credential_same = one.sealed_credential == other.sealed_credential
    return one.answers == other.answers and is_credential_same
