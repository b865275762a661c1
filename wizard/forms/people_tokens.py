"""The form of a new API token."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain import DEFAULT_TOKEN_DAYS, MOST_TOKEN_DAYS, Scope
from wizard.forms.fields import TextField
from wizard.forms.renderer import ConsoleForm

SCOPES = {
    Scope.RULES_READ: _("rules:read - export rules as CSV or JSON"),
    Scope.RULES_VALIDATE: _("rules:validate - validate one rule, or many in the background"),
    Scope.AUDIT_READ: _("audit:read - export the audit trail"),
}
DAYS = [
    (30, _("30 days")),
    (90, _("90 days")),
    (180, _("180 days")),
    (MOST_TOKEN_DAYS, _("1 year")),
]


class TokenForm(ConsoleForm):
    """Name, scopes and lifetime of the token."""

    name = TextField(
        label=_("Name"),
        help_text=_("A name that helps you identify the token."),
        max_length=60,
        error_messages={"required": _("Enter a name.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        help_text=_(
            "A token can perform the actions in its scopes, limited to your own permissions."
        ),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one scope.")},
    )
    days = forms.TypedChoiceField(
        label=_("Expires after"), coerce=int, choices=DAYS, initial=DEFAULT_TOKEN_DAYS
    )

    def __init__(self, *args: Any, is_administrator: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["scopes"]
        self.offered_scopes = [
            scope for scope in SCOPES if is_administrator or scope is not Scope.AUDIT_READ
        ]
        field.choices = [(scope.value, SCOPES[scope]) for scope in self.offered_scopes]
