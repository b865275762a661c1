"""Step "Specify a destination": the prefix of the cached repositories."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from wizard.domain import NO_NAMESPACE, SPECIFIC_NAMESPACE, RuleDraft, Step
from wizard.domain.prefixes import ROOT
from wizard.drafting.steps.base import Choices, ReviewRow, StepPage
from wizard.drafting.steps.prefix import PREFIX_CONSTRAINT, PrefixStepForm, namespace_row
from wizard.forms.fields import PrefixField


class DestinationForm(PrefixStepForm):
    """The cache namespace, and the part of the upstream that it covers."""

    step = Step.DESTINATION

    ecr_repository_prefix = PrefixField(
        label=_("Amazon ECR repository prefix"),
        help_text=_(
            "Amazon ECR stores cached images in repositories whose names begin with this prefix."
        ),
        constraint=PREFIX_CONSTRAINT,
        required=False,
    )
    upstream_repository_prefix = PrefixField(
        label=_("Upstream repository prefix"),
        help_text=_(
            "Cache only upstream repositories with this prefix. Leave the prefix out of image"
            " names when you pull. To cache any repository, leave this field empty."
        ),
        constraint=PREFIX_CONSTRAINT,
        required=False,
        optional_label=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cache_namespace"].required = False

    def typed_prefixes(self) -> tuple[str, str]:
        cache = self.typed_prefix("cache_namespace", "ecr_repository_prefix")
        return cache, self.typed("upstream_repository_prefix")

    def clean_cache_namespace(self) -> str:
        """Return the choice; the prefix alone means a specific one."""
        return str(self.cleaned_data["cache_namespace"] or SPECIFIC_NAMESPACE)

    def clean_upstream_repository_prefix(self) -> str:
        prefix = str(self.cleaned_data["upstream_repository_prefix"])
        return "" if prefix == ROOT else prefix

    def clean(self) -> dict[str, Any]:
        has_upstream = self.cleaned_data.get("upstream_repository_prefix")
        if self.cleaned_data.get("cache_namespace") == NO_NAMESPACE and has_upstream:
            self.add_error(
                "upstream_repository_prefix",
                _(
                    "Leave this field empty, or specify a prefix for the cache namespace. ECR"
                    " supports an upstream prefix only together with a cache prefix."
                ),
            )
        self.clean_cache_prefix()
        return self.cleaned_data


def _destination_rows(draft: RuleDraft) -> list[ReviewRow]:
    label = _("Upstream repository prefix")
    upstream = draft.upstream_prefix
    return [
        namespace_row(_("Amazon ECR repository prefix"), draft.cache_prefix),
        namespace_row(label, upstream) if upstream else ReviewRow(label=label, value="-"),
    ]


DESTINATION: Final = StepPage(
    title=_("Specify a destination"),
    review_title=_("Destination"),
    heading=_("Destination"),
    description=_("Specify the repository namespace for cached images."),
    form=DestinationForm,
    template="wizard/steps/destination.html",
    choices=Choices.RULES,
    review_rows=_destination_rows,
)
