"""The typed confirmation before something is deleted."""

from typing import Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wizard.forms.fields import TextField
from wizard.forms.renderer import ConsoleForm

CONFIRMATION: Final = "confirm"


class ConfirmForm(ConsoleForm):
    confirmation = TextField(
        label=_('To confirm this deletion, type "confirm".'),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": CONFIRMATION}),
        error_messages={"required": _('Type "confirm" to delete the rule.')},
    )

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"]).strip().lower()
        if typed != CONFIRMATION:
            raise ValidationError(_('Type "confirm" to delete the rule.'), code="not-confirmed")
        return typed
