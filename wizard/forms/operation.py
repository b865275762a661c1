"""The upstream credential, asked for again when an operation is retried or completed."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from wizard.domain import Credential
from wizard.forms.fields import TokenField, UsernameField, check_pair
from wizard.forms.renderer import ConsoleForm


class CredentialForm(ConsoleForm):
    """User name and token; required only if the secret still has to be created."""

    username = UsernameField(label=_("Username"), required=False)
    access_token = TokenField(label=_("Access token"), required=False)

    def __init__(self, *args: Any, is_needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_needed = is_needed

    def clean(self) -> dict[str, Any]:
        for name, message in (
            ("username", _("Enter the username.")),
            ("access_token", _("Enter the access token.")),
        ):
            if self.is_needed and not self.cleaned_data.get(name):
                self.add_error(name, message)
        check_pair(self)
        return self.cleaned_data

    def credential(self) -> Credential | None:
        """Return the typed credential; None when none is needed."""
        if not self.is_needed:
            return None
        data = self.cleaned_data
        return Credential(username=data["username"], access_token=data["access_token"])
