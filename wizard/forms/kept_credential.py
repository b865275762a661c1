"""A form whose tested credential stays, sealed, so that it need not be typed again."""

from typing import Any, Final, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain import Credential
from wizard.forms.renderer import ConsoleForm

# A sealed token of the greatest length.
_LONGEST: Final = 600_000


class KeepsCredential(ConsoleForm):
    """A form with `username` and `access_token`, and the ciphertext of both if they were tested.

    `kept` is what the ciphertext has; the key is in a cookie. It counts for its username only.
    """

    sealed_credential = forms.CharField(
        required=False, max_length=_LONGEST, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, kept: Credential | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept = kept
        if kept is not None:
            self.fields["access_token"].required = False
            self.fields["access_token"].help_text = _(
                "Stored, not shown. Leave this empty to keep it."
            )

    def tested(self, ciphertext: str) -> Self:
        """Return the valid form as it was sent, unbound, with the credential as a ciphertext."""
        shown = {**self.cleaned_data, "access_token": "", "sealed_credential": ciphertext}
        return type(self)(initial=shown, kept=self.credential())

    def check_kept(self) -> None:
        """Ask for the token if none was typed, and the kept one belongs to another username."""
        typed, kept = self.cleaned_data, self._kept
        if kept is None or typed.get("access_token") or "access_token" in self.errors:
            return
        if typed.get("username") != kept.username:
            message = self.fields["access_token"].error_messages["required"]
            self.add_error("access_token", forms.ValidationError(message, code="required"))

    def credential(self) -> Credential:
        """Return the typed credential, or the kept one; the form must be valid."""
        typed = self.cleaned_data
        if self._kept is not None and not typed["access_token"]:
            return self._kept
        return Credential(username=typed["username"], access_token=typed["access_token"])
