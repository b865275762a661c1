"""The choice of Regions: check boxes by geography, with notes about single Regions."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain import Region, by_geography
from wizard.words import Text


class RegionPicker(forms.CheckboxSelectMultiple):
    """Check boxes in a group per geography. `notes` are shown beside Regions, by their codes."""

    template_name = "components/_region_picker.html"
    notes: Mapping[str, Text] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        return option | {"code": str(value), "note": self.notes.get(str(value), "")}


class RegionsField(forms.MultipleChoiceField):
    """Regions to choose from; the value is a list of their codes."""

    widget = RegionPicker
    default_error_messages = {
        "invalid_choice": _("One of the Regions is no longer in the list. Check your choice."),
    }

    def offer(self, regions: Iterable[Region], notes: Mapping[str, Text] | None = None) -> None:
        """Set the Regions, with the texts beside some of them, by their codes."""
        self.choices = region_choices(regions)
        self.widget.notes = notes or {}


def region_choices(regions: Iterable[Region]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the choices of the picker, by geography; the code is shown beside the name."""
    return [
        (geography, [(region.code, region.name) for region in group])
        for geography, group in by_geography(regions)
    ]
