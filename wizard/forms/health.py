"""The forms of the health pages: the validation schedule, and the expiry date of a token."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from wizard.forms.renderer import ConsoleForm
from wizard.words import Text

EARLIEST = date(2000, 1, 1)
OFF = ""
INTERVALS: list[tuple[str, Text]] = [
    (OFF, _("Off")),
    ("6", _("Every 6 hours")),
    ("24", _("Daily")),
    ("168", _("Weekly")),
]


class ScheduleForm(ConsoleForm):
    """How often the console validates automatically."""

    every_hours = forms.ChoiceField(
        label=_("Automatic validation"),
        choices=INTERVALS,
        required=False,
        help_text=_("The first validation runs after one interval."),
    )

    def clean_every_hours(self) -> int | None:
        chosen = self.cleaned_data["every_hours"]
        return int(chosen) if chosen else None


class ExpiryForm(ConsoleForm):
    """The expiry date of the upstream token; empty removes it."""

    expires_on = forms.DateField(
        label=_("Token expires on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        help_text=_(
            "AWS doesn't know when the token of an upstream registry expires. To get an alert"
            " 7 days before, enter the date. Chainguard pull tokens expire after 30 days. If"
            " you don't want an alert, leave this field empty."
        ),
        error_messages={"invalid": _("Enter a date as year-month-day, such as 2026-12-31.")},
        validators=[
            MinValueValidator(EARLIEST, _("Enter a date of this century, such as 2026-12-31.")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The only format that <input type="date"> accepts.
        self.fields["expires_on"].widget.input_type = "date"
