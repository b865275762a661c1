"""The form of a person's time zone."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.forms.renderer import ConsoleForm

# Areas of the IANA database that contain places; the others are aliases, or for programs.
_AREAS: Final = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe"),
    *("Indian", "Pacific"),
)


class TimeZoneForm(ConsoleForm):
    """The zone in which the console shows times; empty for the one of the console."""

    time_zone = forms.ChoiceField(label=gettext_lazy("Show times in"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["time_zone"]
        default = _("Default of this console (%(zone)s)") % {"zone": settings.TIME_ZONE}
        field.choices = [("", default), ("UTC", "UTC"), *_by_area()]


@lru_cache(maxsize=1)
def _by_area() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the zones of the system, grouped by area."""
    return [(area, list(_choices(names))) for area, names in groupby(_zones(), _area_of)]


def _zones() -> list[str]:
    return sorted(name for name in available_timezones() if _area_of(name) in _AREAS)


def _area_of(name: str) -> str:
    return name.partition("/")[0] if "/" in name else ""


def _choices(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        yield name, name.replace("_", " ")
