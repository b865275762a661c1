"""Forms for one's own account: sign-in, confirmation of identity, passwords."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from wizard.forms.renderer import ConsoleForm, ConsoleRenderer


def _password(label: Any, missing: Any, *, autocomplete: str) -> Any:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": missing},
    )


def _rules_of_passwords() -> str:
    return " ".join(password_validation.password_validators_help_texts())


@sensitive_variables()
def _check_own(request: HttpRequest, password: str) -> None:
    """Raise ValidationError for a wrong password. Failures count towards the sign-in limits."""
    user = request.user
    found = authenticate(request, username=user.get_username(), password=password)
    if found is None or found.pk != user.pk:
        raise forms.ValidationError(_("The password is incorrect."), code="wrong")


class SignInForm(AuthenticationForm):
    """Django's form with the console's fields."""

    default_renderer = ConsoleRenderer


class ConfirmIdentityForm(ConsoleForm):
    """The password, to confirm the identity."""

    password = _password(_("Password"), _("Enter your password."), autocomplete="current-password")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        _check_own(self.request, self.cleaned_data["password"])
        return str(self.cleaned_data["password"])


class NewPasswordForm(ConsoleForm):
    """A first password, for a person without one."""

    new_password = _password(
        _("New password"),
        _("Enter a new password."),
        autocomplete="new-password",
    )
    new_password_again = _password(
        _("Confirm new password"),
        _("Enter the new password once more."),
        autocomplete="new-password",
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)
        self.fields["new_password"].help_text = _rules_of_passwords()

    def clean_new_password(self) -> str:
        password = str(self.cleaned_data["new_password"])
        user = self.request.user
        password_validation.validate_password(password, user if isinstance(user, User) else None)
        return password

    def clean_new_password_again(self) -> str:
        again = str(self.cleaned_data["new_password_again"])
        if self.cleaned_data.get("new_password", again) != again:
            raise forms.ValidationError(_("The passwords don't match."), code="mismatch")
        return again


class ChangePasswordForm(NewPasswordForm):
    """A new password; requires the current one."""

    old_password = _password(
        _("Current password"), _("Enter your current password."), autocomplete="current-password"
    )
    field_order = ("old_password", "new_password", "new_password_again")

    def clean_old_password(self) -> str:
        _check_own(self.request, self.cleaned_data["old_password"])
        return str(self.cleaned_data["old_password"])
