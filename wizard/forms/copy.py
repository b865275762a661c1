"""Copying a rule: which Regions, and a credential where a Region has no such secret yet."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain.credentials import Credential
from wizard.domain.regions import Region
from wizard.forms.fields import TextField, TokenField
from wizard.forms.renderer import ConsoleForm


class RegionsForm(ConsoleForm):
    """Step 1: the Regions to look at."""

    regions = forms.MultipleChoiceField(
        label=_("Regions"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one Region.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, offered: Iterable[Region]) -> None:
        super().__init__(data)
        field: Any = self.fields["regions"]
        field.choices = [(region.code, region.label) for region in offered]


class CopyForm(RegionsForm):
    """Step 2: the plan confirmed. `copy_id` makes sending it twice harmless."""

    copy_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    username = TextField(label=_("Username"), max_length=512, required=False)
    access_token = TokenField(label=_("Access token"), required=False)

    def __init__(self, *args: Any, needs_credential: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs_credential = needs_credential

    def clean(self) -> dict[str, Any]:
        for name, message in (
            ("username", _("Enter the username.")),
            ("access_token", _("Enter the access token.")),
        ):
            if self.needs_credential and not self.cleaned_data.get(name):
                self.add_error(name, message)
        return self.cleaned_data

    def credential(self) -> Credential | None:
        """The credential as typed; None when no Region needs one."""
        if not self.needs_credential:
            return None
        data = self.cleaned_data
        return Credential(username=data["username"], access_token=data["access_token"])
