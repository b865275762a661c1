"""The form of a rotation over accounts: the credential that is typed once for all of them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from wizard.forms.fields import TokenField, UsernameField, check_pair
from wizard.forms.fleet_operations import FleetOperationForm
from wizard.forms.kept_credential import KeepsCredential


class FleetRotationForm(KeepsCredential, FleetOperationForm):
    """The new credential of all secrets of a plan. The token is never displayed again."""

    username = UsernameField(
        label=_("Username"),
        help_text=_("The username, email address, or token ID for the upstream registry."),
        error_messages={"required": _("Enter the username.")},
    )
    access_token = TokenField(
        label=_("New access token"), error_messages={"required": _("Enter the access token.")}
    )

    def clean(self) -> dict[str, Any]:
        check_pair(self)
        self.check_kept()
        return self.cleaned_data
