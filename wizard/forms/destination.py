"""Step "Specify a destination": the prefix of the cached repositories."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wizard.domain.prefixes import ROOT
from wizard.forms.base import StepForm
from wizard.forms.fields import PrefixField
from wizard.plans import Step


class DestinationForm(StepForm):
    """The prefix, filled in with the registry's default."""

    step = Step.DESTINATION

    ecr_repository_prefix = PrefixField(
        label=_("Amazon ECR repository prefix"),
        help_text=_("Cached images land in repositories whose names begin with this prefix."),
        constraint=_("2 to 30 characters: lower-case letters, digits, and . _ - / between them."),
        error_messages={"required": _("Enter a prefix.")},
    )

    def initial_answers(self) -> dict[str, Any]:
        registry = self.draft.registry
        default = {"ecr_repository_prefix": registry.default_prefix if registry else ""}
        return default | super().initial_answers()

    def clean_ecr_repository_prefix(self) -> str:
        prefix = str(self.cleaned_data["ecr_repository_prefix"])
        if prefix == ROOT:
            raise ValidationError(
                _("Enter a prefix in lower case. ROOT would stand for every repository."),
                code="root",
            )
        return prefix
