"""The forms of the secrets page: lookup, a new secret, and a new value for an existing one."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wizard.domain import SecretArn, Target, full_secret_name
from wizard.domain.errors import InvalidIdentifier
from wizard.forms.fields import (
    SecretNameField,
    TextField,
    TokenField,
    UsernameField,
    check_arn,
    check_pair,
)
from wizard.forms.kept_credential import KeepsCredential
from wizard.forms.renderer import ConsoleForm
from wizard.words import identifier_text


class ValueForm(KeepsCredential):
    """A credential. The token is never displayed again, not even after an error."""

    username = UsernameField(
        label=_("Username"),
        help_text=_("The username, email address, or token ID for the upstream registry."),
        error_messages={"required": _("Enter the username.")},
    )
    access_token = TokenField(
        label=_("Access token"), error_messages={"required": _("Enter the access token.")}
    )

    # The same for each try of the same form, so that a second one does not store a second version.
    request_token = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        check_pair(self)
        self.check_kept()
        return self.cleaned_data

    def token(self) -> str:
        """Return the request token; the form must be valid."""
        return str(self.cleaned_data["request_token"] or uuid.uuid4())


class SecretForm(ValueForm):
    """A new secret: its name and its credential."""

    field_order = ("secret_name", "username", "access_token", "request_token")

    secret_name = SecretNameField(
        label=_("Secret name"),
        help_text=_("A descriptive name for the secret."),
        constraint=_(
            "1 to 491 characters: letters, digits, and / _ + = . @ -. Don't end the name with"
            " a hyphen and six characters, because it would look like the end of an ARN."
        ),
        error_messages={"required": _("Enter a name for the secret.")},
    )


class LookUpForm(ConsoleForm):
    """A secret by its ARN or name, for one that AWS's list does not have yet."""

    secret = TextField(
        label=_("Secret name or ARN"),
        help_text=_(
            "The list in AWS can be up to five minutes out of date. To find a secret"
            " that isn't listed, enter its name or ARN."
        ),
        max_length=612,
        required=False,
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, target: Target) -> None:
        super().__init__(data)
        self.target = target

    def clean_secret(self) -> str:
        """Return the ARN or the full name; empty if nothing was typed."""
        typed = str(self.cleaned_data["secret"])
        if typed.startswith("arn:"):
            check_arn(typed, kind=SecretArn, target=self.target)  # guard: I3
            return typed
        try:
            return full_secret_name(typed) if typed else ""
        except InvalidIdentifier as error:
            raise ValidationError(identifier_text(error), code=error.part) from error

    def tell_missing(self) -> None:
        """Add the error that AWS has no such secret."""
        self.add_error("secret", _("No secret in this account and Region has this name or ARN."))
