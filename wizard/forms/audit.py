"""The filter of the audit trail. An invalid filter is an error; it never shows everything."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from wizard.domain import ActionGroup, group_of
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
GROUPS: Final[dict[ActionGroup, Text]] = {
    ActionGroup.CREATED: _("Created"),
    ActionGroup.CHANGED: _("Changed"),
    ActionGroup.DELETED: _("Deleted"),
    ActionGroup.VALIDATED: _("Validated"),
    ActionGroup.SIGN_IN: _("Sign-in and sessions"),
    ActionGroup.OTHER: _("Other"),
}
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

    person = _text(_("Person contains"), most=150)
    action = forms.ChoiceField(label=_("Action"), required=False)
    subject = _text(_("Subject contains"), most=700)
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

    def __init__(
        self,
        *args: Any,
        regions: Iterable[tuple[str, str]],
        actions: Iterable[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["region"].choices = [("", _("Any Region")), *regions]
        fields["action"].choices = [("", _("Any action")), *_grouped(actions)]
        fields["person"].widget.attrs["list"] = "people"

    @property
    def is_filtered(self) -> bool:
        return any(self.data.get(name) for name in self.fields)


def _grouped(actions: Iterable[str]) -> Iterator[tuple[Text, list[tuple[str, Text]]]]:
    """Yield each group with a choice for all of it, and one for each of its actions."""
    known = sorted(actions)
    for group, label in GROUPS.items():
        names = [name for name in known if group_of(name) is group]
        if names:
            everything = format_lazy("{}: {}", label, _("all"))
            yield label, [(group.value, everything), *((name, name) for name in names)]
