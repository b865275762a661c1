"""The typed confirmation before something is deleted or replaced."""

import uuid
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


class DeletionForm(ConfirmForm):
    """The same for several rules."""

    # The same for each try of the same form, so that one form starts one deletion.
    deletion_id = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)

    def id(self) -> uuid.UUID:
        """Return the ID of the deletion; the form must be valid."""
        found: uuid.UUID | None = self.cleaned_data["deletion_id"]
        return found or uuid.uuid4()


class TemplateDeletionForm(ConfirmForm):
    """The same for a repository creation template; `seen` is the template as displayed."""

    confirmation = TextField(
        label=_('To confirm this deletion, type "confirm".'),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": CONFIRMATION}),
        error_messages={"required": _('Type "confirm" to delete the template.')},
    )
    message = _('Type "confirm" to delete the template.')
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)


class ReplacementForm(ConfirmForm):
    """The same for a rule that is deleted because another one replaces it."""

    confirmation = TextField(
        label=_('To confirm this replacement, type "confirm".'),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": CONFIRMATION}),
        error_messages={"required": _('Type "confirm" to replace the rule.')},
    )
    message = _('Type "confirm" to replace the rule.')
