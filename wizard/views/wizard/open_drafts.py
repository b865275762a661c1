"""The person's unfinished drafts in a Region, each with its next step."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from wizard.domain import RuleDraft
from wizard.drafting import store
from wizard.views.wizard.progress import step_url
from wizard.web import ConsoleRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDraftRow:
    """An unfinished draft in the list, with its next step."""

    draft: RuleDraft
    updated_at: datetime
    url: str

    @property
    def registry_label(self) -> str:
        return _(self.draft.registry.label) if self.draft.registry else ""


def open_drafts(request: ConsoleRequest) -> list[OpenDraftRow]:
    """Return the drafts, the last changed one first."""
    found = store.list_open_drafts(owner_id=request.user.pk, target=request.target)
    return [
        OpenDraftRow(draft=draft, updated_at=updated_at, url=step_url(draft, draft.next_open_step))
        for draft, updated_at in found
    ]
