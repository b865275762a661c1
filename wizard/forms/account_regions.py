"""The form of an account's Regions in use."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from wizard.domain import Region
from wizard.forms.regions import RegionsField
from wizard.forms.renderer import ConsoleForm
from wizard.words import Text


class AccountRegionsForm(ConsoleForm):
    """The Regions in use; none for those of the setting for all accounts."""

    regions = RegionsField(label=_("Regions"), required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        offered: Iterable[Region],
        notes: Mapping[str, Text],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        regions: Any = self.fields["regions"]
        regions.offer(offered, notes)
