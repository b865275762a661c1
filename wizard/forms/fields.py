"""Form fields with what the console's field component shows beside Django's own parts."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise

from wizard.domain.errors import InvalidIdentifier
from wizard.domain.identifiers import SECRET_NAME_PREFIX, full_secret_name
from wizard.domain.prefixes import prefix_problem
from wizard.messages import Text, identifier_text, prefix_text


@dataclass(frozen=True, slots=True)
class ChoiceLabel:
    """The label of a radio choice with a line of explanation under it."""

    label: Text
    description: Text = ""

    def __str__(self) -> str:
        return str(self.label)


class TextField(forms.CharField):
    """A line of text; `constraint` stands under the control, add-ons are fixed parts beside it.

    `optional_label` marks a field that may stay empty as "optional".
    """

    def __init__(
        self,
        *,
        constraint: Text = "",
        addon_before: Text = "",
        addon_after: Text = "",
        optional_label: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.constraint = constraint
        self.addon_before = addon_before
        self.addon_after = addon_after
        self.optional_label = optional_label
        self.widget.attrs.setdefault("autocomplete", "off")
        self.widget.attrs.setdefault("spellcheck", "false")


class PrefixField(TextField):
    """A repository prefix as ECR accepts it; text so typed stays as it is, case and all."""

    def clean(self, value: Any) -> str:
        prefix = str(super().clean(value))
        problem = prefix_problem(prefix) if prefix else None
        if problem is not None:
            raise ValidationError(prefix_text(problem), code=problem.value)
        return prefix


class SecretNameField(TextField):
    """The part of a secret's name after ECR's fixed prefix; cleans to the full name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(addon_before=SECRET_NAME_PREFIX, **kwargs)

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value))
        if not typed:
            return ""
        try:
            return full_secret_name(typed)
        except InvalidIdentifier as error:
            raise ValidationError(identifier_text(error), code=error.part) from error

    def prepare_value(self, value: Any) -> Any:
        """Show what follows the fixed prefix, which stands beside the control."""
        return value.removeprefix(SECRET_NAME_PREFIX) if isinstance(value, str) else value


def radio_choices(*choices: tuple[str, Text | Promise, Text | Promise]) -> list[tuple[str, Any]]:
    """Build radio choices from (value, label, description)."""
    return [(value, ChoiceLabel(label, description)) for value, label, description in choices]
