"""The choice of what the IAM policy of the console allows, and where."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain.permissions import Feature
from wizard.forms.renderer import ConsoleForm
from wizard.words import Text
from wizard.words.permissions import FEATURE_LABELS


class Where(StrEnum):
    """The Regions of the policy."""

    REGION = "region"
    WITH_RULES = "with-rules"
    EVERYWHERE = "everywhere"


# What most consoles need.
USUAL_FEATURES = (
    *(Feature.RULES, Feature.SECRETS, Feature.ROLES, Feature.REPOSITORIES),
    *(Feature.TEMPLATES, Feature.SIMULATION),
)


class PolicyForm(ConsoleForm):
    """Is filled in from the query string; an empty choice is the smallest policy."""

    allow = forms.MultipleChoiceField(
        label=_("What the console does"),
        help_text=_("Viewing and validating rules is always part of the policy."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(each.value, FEATURE_LABELS[each]) for each in Feature if each != Feature.READ],
    )
    where = forms.ChoiceField(label=_("Where"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, places: Iterable[tuple[Where, Text]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["where"].choices = [  # type: ignore[attr-defined]
            (place.value, label) for place, label in places
        ]

    @property
    def features(self) -> list[Feature]:
        return [Feature(name) for name in self.cleaned_data.get("allow", ())]

    @property
    def place(self) -> Where:
        return Where(self.cleaned_data.get("where") or Where.REGION)
