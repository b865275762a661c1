"""The form that changes or replaces rules of many accounts, and its typed confirmation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain.fleet_rules import FleetChange
from wizard.domain.prefixes import ROOT
from wizard.forms.confirm import ReplacementForm
from wizard.forms.fields import AnyAccountRoleField, PrefixField, SecretNameField, TextField
from wizard.forms.fleet_operations import FleetOperationForm
from wizard.forms.renderer import ConsoleForm


class FleetChangeForm(ConsoleForm):
    """What is changed. An empty field leaves a member as it is."""

    upstream_repository_prefix = PrefixField(
        label=_("Upstream repository prefix"),
        help_text=_("Each rule is deleted and created again with this prefix."),
        constraint=_("To cache any repository of the upstream registry, enter ROOT."),
        required=False,
    )
    secret_name = SecretNameField(
        label=_("Secret name"),
        help_text=_("Rules with a secret use the one with this name in their account and Region."),
        required=False,
    )
    custom_role_arn = AnyAccountRoleField(
        help_text=_("Rules with a role use this role of their account."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            setattr(field, "is_marked_optional", True)  # noqa: B010 - no member of Django's fields

    def clean(self) -> dict[str, Any]:
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError(_("Enter at least one change."), code="required")
        return self.cleaned_data

    def change(self) -> FleetChange:
        """Return the change; the form must be valid."""
        given = {name: value or None for name, value in self.cleaned_data.items()}
        if given["upstream_repository_prefix"] == ROOT:
            given["upstream_repository_prefix"] = ""
        return FleetChange(**given)


class FleetReplacementForm(ReplacementForm, FleetOperationForm):
    """The start of an operation that deletes rules and creates them again."""

    confirmation = TextField(
        label=_('To confirm this replacement, type "confirm".'),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "confirm"}),
        error_messages={"required": _('Type "confirm" to replace the rules.')},
    )
    message = _('Type "confirm" to replace the rules.')
