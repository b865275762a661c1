"""The form of new rules whose secrets are created as well: the credential for all of them."""

from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from wizard.forms.fields import TokenField, UsernameField, check_pair
from wizard.forms.fleet_operations import PlannedForm
from wizard.forms.kept_credential import KeepsCredential


class FleetCreationForm(KeepsCredential, PlannedForm):
    """The accounts of a plan, and the credential. The token is never displayed again."""

    username = UsernameField(
        label=_("Username"),
        help_text=_("The username, email address, or token ID for the upstream registry."),
        error_messages={"required": _("Enter the username.")},
    )
    access_token = TokenField(
        label=_("Access token"), error_messages={"required": _("Enter the access token.")}
    )

    def clean(self) -> dict[str, Any]:
        check_pair(self)
        self.check_kept()
        return self.cleaned_data

    def tested(self, ciphertext: str) -> Self:
        form = super().tested(ciphertext)
        form.initial["planned"] = " ".join(self.cleaned_data["planned"])
        return form
