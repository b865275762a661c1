"""The forms that start operations over accounts."""

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wizard.domain import Region
from wizard.forms.fields import TextField, radio_choices
from wizard.forms.regions import RegionsField
from wizard.forms.renderer import ConsoleForm

# The accounts: those that the filter finds, or the selected ones.
ALL: Final = "all"
CHOSEN: Final = "chosen"
# The Regions: those in use of each account, or the selected ones.
IN_USE: Final = "in-use"
# As many rules are copied at once, and as many accounts are in one field.
_MOST_RULES: Final = 50
_MOST_ACCOUNTS: Final = 5_000
_ACCOUNT: Final = re.compile(r"[0-9]{12}")


class FleetOperationForm(ConsoleForm):
    """What is sent with a plan: the same ID for each try of a form, so that it starts once."""

    operation_id = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)

    def id(self) -> uuid.UUID:
        """Return the ID of the operation; the form must be valid."""
        found: uuid.UUID | None = self.cleaned_data["operation_id"]
        return found or uuid.uuid4()


class PlannedForm(FleetOperationForm):
    """The same, with the accounts of the plan that was shown, as IDs with spaces between them."""

    planned = forms.CharField(
        required=False, max_length=_MOST_ACCOUNTS * 13, widget=forms.HiddenInput
    )

    def clean_planned(self) -> list[str]:
        found = str(self.cleaned_data["planned"]).split()
        if not all(map(_ACCOUNT.fullmatch, found)):
            raise ValidationError(_("Enter an account ID of 12 digits."), code="account")
        return found


class AccountsField(forms.MultipleChoiceField):
    """Accounts by their IDs, which the page lists; whose they are is checked by the service."""

    widget = forms.CheckboxSelectMultiple

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")
        if not all(_ACCOUNT.fullmatch(each) for each in value):
            raise ValidationError(_("Enter an account ID of 12 digits."), code="account")


class RulesField(forms.MultipleChoiceField):
    """Rules of accounts as `account/region/prefix`."""

    widget = forms.CheckboxSelectMultiple

    def validate(self, value: Any) -> None:
        if len(value) > _MOST_RULES:
            text = _("Copy at most %(most)d rules at once.") % {"most": _MOST_RULES}
            raise ValidationError(text, code="many")


class PlacesForm(ConsoleForm):
    """Where rules are created: accounts and Regions. `rules` are those that are copied."""

    rules = RulesField(required=False)
    q = TextField(label=_("Find accounts"), required=False, max_length=200)
    owner = TextField(label=_("Owner"), required=False, max_length=128)
    scope = forms.ChoiceField(
        label=_("Choose accounts"),
        widget=forms.RadioSelect,
        initial=CHOSEN,
        choices=radio_choices(
            (CHOSEN, _("The selected accounts"), ""),
            (ALL, _("All accounts that the filter finds"), ""),
        ),
        error_messages={"required": _("Choose the accounts.")},
    )
    accounts = AccountsField(label=_("Selected accounts"), required=False)
    where = forms.ChoiceField(
        label=_("Choose Regions"),
        widget=forms.RadioSelect,
        initial=IN_USE,
        choices=radio_choices(
            (IN_USE, _("The Regions in use of each account"), ""),
            (CHOSEN, _("Selected Regions"), ""),
        ),
        error_messages={"required": _("Choose the Regions.")},
    )
    regions = RegionsField(label=_("Selected Regions"), required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        offered: Iterable[Region],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        regions: Any = self.fields["regions"]
        regions.offer(offered)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("scope") == CHOSEN and "accounts" in given and not given["accounts"]:
            self.add_error("accounts", _("Select at least one account."))
        if given.get("where") == CHOSEN and "regions" in given and not given["regions"]:
            self.add_error("regions", _("Choose at least one Region."))
        return given

    def codes(self) -> list[str]:
        """Return the selected Regions; none for those in use. The form must be valid."""
        chosen: list[str] = self.cleaned_data["regions"]
        return chosen if self.cleaned_data["where"] == CHOSEN else []
