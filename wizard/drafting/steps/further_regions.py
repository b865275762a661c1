"""The review's further Regions: where else the rule is created, and with which secrets."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain import Region, RuleDraft, Spread
from wizard.forms.regions import RegionsField
from wizard.forms.renderer import ConsoleForm
from wizard.words import Text


class FurtherRegionsForm(ConsoleForm):
    """Which Regions, if any. `spread` is asked for a rule that has a secret.

    `notes` are shown beside Regions.
    """

    regions = RegionsField(label=_("Regions"), required=False)
    spread = forms.ChoiceField(
        label=_("Secrets in additional Regions"), widget=forms.RadioSelect, required=False
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        draft: RuleDraft,
        offered: Iterable[Region],
        notes: Mapping[str, Text] | None = None,
    ) -> None:
        initial = {"regions": list(draft.further_regions), "spread": draft.spread}
        super().__init__(data, initial=initial)
        regions: Any = self.fields["regions"]
        regions.offer(offered, notes)
        spread: Any = self.fields["spread"]
        spread.choices = _spreads(draft)
        if not spread.choices:
            del self.fields["spread"]

    def chosen(self) -> dict[str, Any]:
        """The draft's fields as chosen."""
        data = self.cleaned_data
        return {
            "further_regions": tuple(data["regions"]),
            "spread": Spread(data.get("spread") or Spread.EACH),
        }


def _spreads(draft: RuleDraft) -> list[tuple[str, Any]]:
    """The ways to get a secret there; empty for a rule without one."""
    replicated = (Spread.REPLICATED, _("One secret, replicated by Secrets Manager"))
    if draft.makes_secret:
        return [(Spread.EACH, _("A new secret in each Region")), replicated]
    if draft.new_rule().credential_arn:
        own = (
            Spread.EACH,
            _(
                "The secret with the same name in each Region. If a Region"
                " doesn't have one, the console creates it."
            ),
        )
        return [own, replicated]
    return []
