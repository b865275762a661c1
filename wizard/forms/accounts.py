"""Forms of the pages Accounts: an account, its role, its details, its removal."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain import Region, is_account_id
from wizard.domain.accounts import (
    ALIAS_MAX,
    OWNER_MAX,
    ROLE_ARN_MAX,
    check_role_arn,
    role_arn_of,
)
from wizard.domain.errors import InvalidIdentifier
from wizard.forms.confirm import ConfirmForm
from wizard.forms.fields import TextField, account_of
from wizard.forms.regions import RegionsField
from wizard.forms.renderer import ConsoleForm
from wizard.words import identifier_text, wrong_kind_text


def _alias_field() -> TextField:
    return TextField(
        label=_("Alias"),
        help_text=_("The name by which people find the account."),
        constraint=_("Up to 64 characters."),
        required=False,
        max_length=ALIAS_MAX,
        optional_label=True,
    )


def _owner_field() -> TextField:
    return TextField(
        label=_("Owner"),
        help_text=_("The team or person who is responsible for the account."),
        constraint=_("Up to 128 characters."),
        required=False,
        max_length=OWNER_MAX,
        optional_label=True,
    )


class AccountDetailsForm(ConsoleForm):
    """What a person can change about an account at any time."""

    alias = _alias_field()
    owner = _owner_field()
    regions = RegionsField(
        label=_("Regions in use"),
        help_text=_(
            "The console asks, offers, and counts only these Regions of the account. If you don't"
            " choose a Region, the setting for all accounts applies."
        ),
        required=False,
    )

    def __init__(self, *args: Any, offered: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions: Any = self.fields["regions"]
        regions.offer(offered)

    def details(self) -> dict[str, Any]:
        """Return alias, owner and Regions; the form must be valid."""
        return {name: self.cleaned_data[name] for name in ("alias", "owner", "regions")}


class AddAccountForm(AccountDetailsForm):
    """The account to add, by its ID or by the ARN of its role."""

    account = TextField(
        label=_("Account ID or role ARN"),
        help_text=_(
            "The AWS account to add. If its role exists already, you can enter the ARN of the role."
        ),
        constraint=_("12 digits, or arn:aws:iam::111122223333:role/PtcConsole."),
        max_length=ROLE_ARN_MAX,
        error_messages={"required": _("Enter an account ID, or the ARN of a role.")},
    )
    field_order = ("account", "alias", "owner", "regions")

    def clean_account(self) -> str:
        """Return the account's ID. An ARN must be that of a role that the console could use."""
        typed = str(self.cleaned_data["account"])
        account_id = account_of(typed)
        if not is_account_id(account_id):
            raise ValidationError(_account_text(account_id), code="account")
        self.role_arn = role_arn_of(account_id)
        if typed.lower().startswith("arn:"):
            self.role_arn = _cleaned_role_arn(typed, account_id=account_id)
        return account_id


class AccountRoleForm(ConsoleForm):
    """The role of an account, by its ARN or by its name."""

    role_arn = TextField(
        label=_("Role ARN"),
        help_text=_("The role in the account. Enter its ARN, or its name with its path."),
        max_length=ROLE_ARN_MAX,
        error_messages={"required": _("Enter the ARN of the role.")},
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, account_id: str, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.account_id = account_id

    def clean_role_arn(self) -> str:
        return _cleaned_role_arn(str(self.cleaned_data["role_arn"]), account_id=self.account_id)


class NewAccountRoleForm(AccountRoleForm, AccountDetailsForm):
    """The same for an account that is added; its details come from the first page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("alias", "owner"):
            self.fields[name].widget = forms.HiddenInput()
        regions: Any = self.fields["regions"]
        regions.widget = forms.MultipleHiddenInput()


class AccountRemovalForm(ConfirmForm):
    """The typed confirmation before an account is removed."""

    confirmation = TextField(
        label=_('To confirm this removal, type "confirm".'),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "confirm"}),
        error_messages={"required": _('Type "confirm" to remove the account.')},
    )
    message = _('Type "confirm" to remove the account.')


def _cleaned_role_arn(typed: str, *, account_id: str) -> str:
    """Return the ARN of the account's role that was typed as an ARN or a name.

    Raises ValidationError with what is wrong about it, and what to enter.
    """
    typed = typed.strip()
    arn = typed
    if ":" not in typed:
        arn = role_arn_of(account_id, typed.removeprefix("role/"))
    elif typed[:4].lower() == "arn:":
        # Only the path and the name of a role can have capital letters.
        begin, slash, name = typed.partition("/")
        arn = begin.lower() + slash + name
    try:
        check_role_arn(arn, account_id=account_id)
    except InvalidIdentifier as error:
        specific = error.part not in ("role-account", "role-name", "service-role", "partition")
        text = wrong_kind_text(arn, wanted="iam") if specific else ""
        raise ValidationError(text or _part_text(error), code=error.part) from error
    return arn


def _part_text(error: InvalidIdentifier) -> str:
    if error.part == "partition":
        return gettext(
            "This ARN belongs to another AWS partition. The console works in the aws partition"
            " only, where ARNs begin with arn:aws:."
        )
    if error.part == "name":
        error = InvalidIdentifier("role-name", error.value)
    return identifier_text(error)


def _account_text(typed: str) -> str:
    """Return what is wrong with an account ID. Spreadsheets drop zeros and round long numbers."""
    if typed.isdecimal() and 9 <= len(typed) < 12:
        return gettext(
            "An account ID has 12 digits, and this one has %(number)d. Spreadsheets remove zeros"
            " at the beginning."
        ) % {"number": len(typed)}
    return gettext("Enter an account ID of 12 digits, or the ARN of a role.")
