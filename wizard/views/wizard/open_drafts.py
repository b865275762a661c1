"""The person's unfinished drafts in a Region, each with what tells it from the others."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from wizard.domain import RuleDraft
from wizard.drafting import store
from wizard.drafting.steps import PAGES
from wizard.services import places
from wizard.views.wizard.progress import step_url
from wizard.web import ConsoleRequest
from wizard.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDraftRow:
    """An unfinished draft in the list, with its next step."""

    draft: RuleDraft
    updated_at: datetime
    region_label: str

    @property
    def name(self) -> str:
        """The registry and the prefix, as far as they are known."""
        registry, prefix = self.draft.registry, self.draft.cache_prefix
        label = _(registry.label) if registry else _("New rule")
        if self.draft.replaces:
            place = {"prefix": self.draft.replaces.ecr_repository_prefix, "registry": label}
            return _("Replacement of %(prefix)s: %(registry)s") % place
        return f"{label}: {prefix}" if prefix else label

    @property
    def step_title(self) -> Text:
        return PAGES[self.draft.next_open_step].title

    @property
    def url(self) -> str:
        return step_url(self.draft, self.draft.next_open_step)


def open_drafts(request: ConsoleRequest) -> list[OpenDraftRow]:
    """Return the drafts, the last changed one first."""
    label = places.region_named(request.target.region).label
    found = store.list_open_drafts(owner_id=request.user.pk, target=request.target)
    return [
        OpenDraftRow(draft=draft, updated_at=updated_at, region_label=label)
        for draft, updated_at in found
    ]
