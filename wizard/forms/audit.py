"""The filter of the audit trail. An invalid filter is an error; it never shows everything."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from wizard.forms.renderer import ConsoleForm
from wizard.words import Text

OUTCOMES: Final[list[tuple[str, Text]]] = [
    ("", _("Any outcome")),
    ("succeeded", _("Succeeded")),
    ("failed", _("Failed")),
    ("refused", _("Refused")),
    ("unknown", _("Unknown")),
    ("open", _("No result recorded")),
]
SORTS: Final[list[tuple[str, Text]]] = [
    ("", _("Changes and events")),
    ("change", _("Changes in AWS")),
    ("event", _("Events of the console")),
]
_DATES: Final = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))


def _text(label: Any, *, most: int, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        **more,
    )


def _date(label: Any) -> forms.DateField:
    field = forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        validators=_DATES,
        error_messages={"invalid": _("Enter a date as year-month-day, such as 2026-12-31.")},
    )
    # The only format that <input type="date"> accepts.
    field.widget.input_type = "date"
    return field


class AuditFilterForm(ConsoleForm):
    """Which rows are shown. The field names are the parameters of the query string."""

    person = _text(_("Person"), most=150)
    action = _text(_("Action"), most=64)
    subject = _text(_("Subject begins with"), most=700)
    account = _text(
        _("Account"),
        most=12,
        validators=[RegexValidator(r"^[0-9]{12}$", _("An account ID has 12 digits."))],
    )
    region = forms.ChoiceField(label=_("Region"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False, choices=OUTCOMES)
    phase = forms.ChoiceField(label=_("Phase"), required=False, choices=SORTS)
    since = _date(_("From"))
    until = _date(_("To"))
    event = forms.UUIDField(
        label=_("Event ID"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"invalid": _("An event ID has 32 digits, such as in a line's details.")},
    )

    def __init__(self, *args: Any, regions: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [("", _("Any Region")), *regions]  # type: ignore[attr-defined]
        for name, suggestions in (("person", "people"), ("action", "actions")):
            self.fields[name].widget.attrs["list"] = suggestions

    @property
    def is_filtered(self) -> bool:
        return any(self.data.get(name) for name in self.fields)
