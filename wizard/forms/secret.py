"""The forms of the secrets page: a new secret, and a new value for an existing one."""

from django.utils.translation import gettext_lazy as _

from wizard.domain import Credential
from wizard.forms.fields import SecretNameField, TextField, TokenField
from wizard.forms.renderer import ConsoleForm


class ValueForm(ConsoleForm):
    """A credential. The token is never displayed again, not even after an error."""

    username = TextField(
        label=_("Username"),
        help_text=_("The user name, email or token ID that the upstream registry knows."),
        max_length=512,
        error_messages={"required": _("Enter the username.")},
    )
    access_token = TokenField(
        label=_("Access token"), error_messages={"required": _("Enter the access token.")}
    )

    def credential(self) -> Credential:
        """Return the typed credential; the form must be valid."""
        return Credential(
            username=self.cleaned_data["username"],
            access_token=self.cleaned_data["access_token"],
        )


class SecretForm(ValueForm):
    """A new secret: its name and its credential."""

    field_order = ("secret_name", "username", "access_token")

    secret_name = SecretNameField(
        label=_("Secret name"),
        help_text=_("A descriptive name for the secret."),
        constraint=_("1 to 491 characters: letters, digits, and / _ + = . @ -."),
        error_messages={"required": _("Enter a name for the secret.")},
    )
