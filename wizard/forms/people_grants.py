"""Forms of the People pages: adding a person, giving a grant."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from wizard.domain import EVERYWHERE, Grants, Place, Region, Role, is_account_id
from wizard.forms.fields import PASTED_MAX, TextField, account_of, radio_choices
from wizard.forms.renderer import ConsoleForm

ROLES = radio_choices(
    (
        Role.VIEWER.value,
        _("Viewer"),
        _("Can view rules, names of secrets, and results. Can't change anything."),
    ),
    (
        Role.OPERATOR.value,
        _("Operator"),
        _("Can also create, change, validate, copy, and delete rules, and manage secrets."),
    ),
    (
        Role.ADMINISTRATOR.value,
        _("Administrator"),
        _(
            "Can also manage people, permissions, and sessions, and view the audit trail, in all"
            " accounts and Regions."
        ),
    ),
)


class GrantForm(ConsoleForm):
    """A role and where it applies. Administrators are administrators everywhere."""

    role = forms.ChoiceField(
        label=_("Role"),
        widget=forms.RadioSelect,
        choices=ROLES,
        error_messages={"required": _("Choose a role.")},
    )
    account_id = TextField(
        label=_("Account"),
        help_text=_(
            "The AWS account that the role applies to. To include every account,"
            " leave this field empty."
        ),
        constraint=_("12 digits."),
        required=False,
        max_length=PASTED_MAX,
    )
    region = forms.ChoiceField(
        label=_("Region"), help_text=_("The Region that the role applies to."), required=False
    )

    def __init__(self, *args: Any, regions: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["region"]
        field.choices = [("", _("Every Region")), *((each.code, each.label) for each in regions)]
        # The list of the accounts that the console knows, which the page has.
        self.fields["account_id"].widget.attrs["list"] = "known-accounts"

    def clean_account_id(self) -> str:
        """Accept the grouped form of the AWS console (1234-5678-9012), a registry's URI, an ARN."""
        account_id = account_of(str(self.cleaned_data["account_id"]))
        if account_id and not is_account_id(account_id):
            raise forms.ValidationError(_("Enter an account ID of 12 digits."), code="account")
        return account_id

    def clean(self) -> dict[str, Any]:
        has_region = self.cleaned_data.get("region") and "account_id" not in self.errors
        is_everywhere = self.cleaned_data.get("role") == Role.ADMINISTRATOR
        if has_region and not self.cleaned_data.get("account_id") and not is_everywhere:
            text = _("To choose a Region, enter its account. Otherwise, choose Every Region.")
            self.add_error("account_id", forms.ValidationError(text, code="required"))
        return self.cleaned_data

    def chosen_role(self) -> Role:
        return Role(self.cleaned_data["role"])

    def place(self) -> Place:
        if self.chosen_role() is Role.ADMINISTRATOR:
            return EVERYWHERE
        return Place(account_id=self.cleaned_data["account_id"], region=self.cleaned_data["region"])


class AddPersonForm(GrantForm):
    """A new person, with or without a first grant."""

    username = TextField(
        label=_("Username"),
        constraint=_("Up to 150 letters, digits, and the characters @ . + - _"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        error_messages={"required": _("Enter a username.")},
    )
    email = forms.EmailField(
        label=_("Email address"),
        help_text=_("Optional. Only administrators can see it."),
        required=False,
        max_length=254,
    )
    field_order = ("username", "email", "role", "account_id", "region")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        nothing = ("", _("None"), _("Can sign in, but can't view anything."))
        role.choices = [*radio_choices(nothing), *ROLES]
        role.required = False

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("This username is already in use."), code="taken")
        return username

    def grants(self) -> Grants:
        return {self.place(): self.chosen_role()} if self.cleaned_data["role"] else {}
