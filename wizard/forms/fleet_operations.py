"""The forms that start operations over accounts."""

import uuid

from django import forms

from wizard.forms.renderer import ConsoleForm


class FleetOperationForm(ConsoleForm):
    """What is sent with a plan: the same ID for each try of a form, so that it starts once."""

    operation_id = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)

    def id(self) -> uuid.UUID:
        """Return the ID of the operation; the form must be valid."""
        found: uuid.UUID | None = self.cleaned_data["operation_id"]
        return found or uuid.uuid4()
