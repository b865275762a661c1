"""Step "Specify a destination": the prefix of the cached repositories."""

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wizard.domain import RuleDraft, Step
from wizard.domain.prefixes import ROOT
from wizard.drafting.steps.base import Choices, ReviewRow, StepPage
from wizard.drafting.steps.prefix import PREFIX_CONSTRAINT, PrefixStepForm
from wizard.forms.fields import PrefixField


class DestinationForm(PrefixStepForm):
    """The prefix, with the registry's default, and the part of the upstream that it covers."""

    step = Step.DESTINATION

    ecr_repository_prefix = PrefixField(
        label=_("Amazon ECR repository prefix"),
        help_text=_("Cached images land in repositories whose names begin with this prefix."),
        constraint=PREFIX_CONSTRAINT,
        error_messages={"required": _("Enter a prefix.")},
    )
    upstream_repository_prefix = PrefixField(
        label=_("Upstream repository prefix"),
        help_text=_(
            "Only repositories under this prefix of the upstream registry, and pull paths leave it"
            " out. Empty: every repository."
        ),
        constraint=PREFIX_CONSTRAINT,
        required=False,
        optional_label=True,
    )

    def initial_answers(self) -> dict[str, Any]:
        registry = self.draft.registry
        default = {"ecr_repository_prefix": registry.default_prefix if registry else ""}
        return default | super().initial_answers()

    def typed_prefixes(self) -> tuple[str, str]:
        return self.typed("ecr_repository_prefix"), self.typed("upstream_repository_prefix")

    def clean_ecr_repository_prefix(self) -> str:
        prefix = str(self.cleaned_data["ecr_repository_prefix"])
        if prefix == ROOT:
            raise ValidationError(
                _("Enter a prefix in lower case. ROOT would stand for every repository."),
                code="root",
            )
        self.check_is_free(prefix, field="ecr_repository_prefix")
        return prefix

    def clean_upstream_repository_prefix(self) -> str:
        prefix = str(self.cleaned_data["upstream_repository_prefix"])
        return "" if prefix == ROOT else prefix


def _destination_rows(draft: RuleDraft) -> list[ReviewRow]:
    label = _("Amazon ECR repository prefix")
    rows = [ReviewRow(label=label, value=draft.cache_prefix, copyable=True)]
    if draft.upstream_prefix:
        label = _("Upstream repository prefix")
        rows.append(ReviewRow(label=label, value=draft.upstream_prefix, copyable=True))
    return rows


DESTINATION: Final = StepPage(
    title=_("Specify a destination"),
    review_title=_("Destination"),
    heading=_("Destination"),
    description=_("Choose where the cached images land in your private registry."),
    form=DestinationForm,
    template="wizard/steps/destination.html",
    choices=Choices.RULES,
    review_rows=_destination_rows,
)
