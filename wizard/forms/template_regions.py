"""The forms that copy a template to several Regions, or delete it there: first the Regions, then
the plan with what to do in each of them.
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain import Region
from wizard.forms.confirm import CONFIRMATION
from wizard.forms.fields import TextField
from wizard.forms.regions import RegionsField
from wizard.forms.renderer import ConsoleForm


class RegionsForm(ConsoleForm):
    """The Regions, in the query string. `key_region` is that of a KMS key that only it has."""

    regions = RegionsField(
        label=_("Regions"), error_messages={"required": _("Choose at least one Region.")}
    )
    without_key = forms.BooleanField(
        label=_("Use the key that AWS manages for ECR in the other Regions"), required=False
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        offered: Iterable[Region],
        key_region: str = "",
    ) -> None:
        super().__init__(data)
        regions: Any = self.fields["regions"]
        regions.offer(offered)
        self.key_region = key_region
        if not key_region:
            del self.fields["without_key"]

    def clean_without_key(self) -> bool:
        if not self.cleaned_data["without_key"]:
            text = gettext(
                "The KMS key of the template is in %(region)s. ECR can't use it in other Regions."
                " Choose the key that AWS manages, or create a template with another key there."
            )
            raise ValidationError(text % {"region": self.key_region}, code="key")
        return True


class PlanForm(ConsoleForm):
    """The confirmed plan. `plan` says what each Region had when the plan was shown."""

    regions = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one Region.")},
    )
    without_key = forms.BooleanField(required=False, widget=forms.HiddenInput)
    plan = forms.CharField(max_length=20_000, widget=forms.HiddenInput)
    # The same for each try of the same form, so that one form starts one operation.
    operation_id = forms.UUIDField(required=False, initial=uuid.uuid4, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        offered: Iterable[Region],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        regions: Any = self.fields["regions"]
        regions.choices = [(region.code, region.name) for region in offered]

    def seen(self) -> dict[str, str]:
        """Return what each Region had, by its code."""
        try:
            found = json.loads(self.cleaned_data.get("plan", ""))
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def id(self) -> uuid.UUID:
        """Return the ID of the operation; the form must be valid."""
        found: uuid.UUID | None = self.cleaned_data["operation_id"]
        return found or uuid.uuid4()


class DeletionPlanForm(PlanForm):
    """The same for a deletion, which is confirmed by typing."""

    confirmation = TextField(
        label=_('To confirm this deletion, type "confirm".'),
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": CONFIRMATION}),
        error_messages={"required": _('Type "confirm" to delete the templates.')},
    )

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"]).strip().lower()
        if typed != CONFIRMATION:
            text = gettext('Type "confirm" to delete the templates.')
            raise ValidationError(text, code="not-confirmed")
        return typed
