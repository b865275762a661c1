"""The typed confirmation before something is deleted or replaced."""

from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wizard.forms.fields import TextField
from wizard.forms.renderer import ConsoleForm

CONFIRMATION: Final = "confirm"


class ConfirmForm(ConsoleForm):
    message: ClassVar[Any] = _('Type "confirm" to delete the rule.')

    confirmation = TextField(
        label=_('To confirm this deletion, type "confirm".'),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": CONFIRMATION}),
        error_messages={"required": _('Type "confirm" to delete the rule.')},
    )

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"]).strip().lower()
        if typed != CONFIRMATION:
            raise ValidationError(self.message, code="not-confirmed")
        return typed


class ReplacementForm(ConfirmForm):
    """The same for a rule that is deleted because another one replaces it."""

    confirmation = TextField(
        label=_('To confirm this replacement, type "confirm".'),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": CONFIRMATION}),
        error_messages={"required": _('Type "confirm" to replace the rule.')},
    )
    message = _('Type "confirm" to replace the rule.')
