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
from wizard.words import Text, numbered


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDraftRow:
    """An unfinished draft in the list, with its next step. No other row has its name."""

    draft: RuleDraft
    name: str
    updated_at: datetime
    region_label: str

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
    names = numbered([_name(draft) for draft, _updated_at in found])
    return [
        OpenDraftRow(draft=draft, name=name, updated_at=updated_at, region_label=label)
        for name, (draft, updated_at) in zip(names, found, strict=True)
    ]


def _name(draft: RuleDraft) -> str:
    """Return the registry and the prefix, as far as they are known."""
    registry, prefix = draft.registry, draft.cache_prefix
    label = _(registry.label) if registry else _("New rule")
    if draft.replaces:
        place = {"prefix": draft.replaces.ecr_repository_prefix, "registry": label}
        return _("Replacement of %(prefix)s: %(registry)s") % place
    return f"{label}: {prefix}" if prefix else label
