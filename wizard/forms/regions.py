"""The choice of Regions: check boxes by geography, with notes about single Regions."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from wizard.domain import Region, by_geography
from wizard.words import Text


class RegionPicker(forms.CheckboxSelectMultiple):
    """Check boxes in a group per geography. `notes` are shown beside Regions, by their codes."""

    template_name = "components/_region_picker.html"
    notes: Mapping[str, Text] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        return option | {"code": str(value), "note": self.notes.get(str(value), "")}


def region_choices(regions: Iterable[Region]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the choices of the picker, by geography; the code is shown beside the name."""
    return [
        (geography, [(region.code, region.name) for region in group])
        for geography, group in by_geography(regions)
    ]
