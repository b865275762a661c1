"""The forms of a rotation: which secrets, and the credential that is typed once for all of them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.forms.fields import TokenField, UsernameField, check_pair
from wizard.forms.kept_credential import KeepsCredential
from wizard.forms.renderer import ConsoleForm


def _secrets_field(required: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Secrets"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": required,
            "invalid_choice": _("You can't change %(value)s now. Check the list, then try again."),
        },
    )


class ChosenSecretsForm(ConsoleForm):
    """Secrets by Region and short name; only those offered can be chosen."""

    secret = _secrets_field(_("Select at least one secret."))

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, offered: Sequence[str], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["secret"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [(key, key) for key in offered]

    def chosen(self) -> list[str]:
        """Return the chosen keys; the form must be valid."""
        return list(self.cleaned_data["secret"])


class RotationForm(KeepsCredential, ChosenSecretsForm):
    """The secrets and their new credential. The token is never displayed again."""

    username = UsernameField(
        label=_("Username"),
        help_text=_("The username, email address, or token ID for the upstream registry."),
        error_messages={"required": _("Enter the username.")},
    )
    access_token = TokenField(
        label=_("New access token"), error_messages={"required": _("Enter the access token.")}
    )
    # The same for each try of the same form, so that one form starts one rotation.
    rotation_id = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        check_pair(self)
        self.check_kept()
        return self.cleaned_data

    def id(self) -> uuid.UUID:
        """Return the ID of the rotation; the form must be valid."""
        found: uuid.UUID | None = self.cleaned_data["rotation_id"]
        return found or uuid.uuid4()
