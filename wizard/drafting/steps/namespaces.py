"""Step "Specify namespaces": where cached images land and what part of the upstream they mirror."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from wizard.domain import NO_NAMESPACE, SPECIFIC_NAMESPACE, RuleDraft, Step
from wizard.drafting.steps.base import Choices, ReviewRow, StepPage
from wizard.drafting.steps.prefix import (
    PREFIX_CONSTRAINT,
    PrefixStepForm,
    namespace_field,
    namespace_row,
)
from wizard.forms.fields import PrefixField


class NamespacesForm(PrefixStepForm):
    """Cache and upstream namespace, each a specific prefix or none."""

    step = Step.NAMESPACES

    ecr_repository_prefix = PrefixField(
        label=_("Cache repository prefix"), constraint=PREFIX_CONSTRAINT, required=False
    )
    upstream_namespace = namespace_field(
        label=_("Upstream namespace"),
        specific=_("Cache only upstream repositories with a prefix."),
        none=_("Cache any repository of the upstream registry (ROOT)."),
        required=_("Choose an upstream namespace."),
    )
    upstream_repository_prefix = PrefixField(
        label=_("Upstream repository prefix"), constraint=PREFIX_CONSTRAINT, required=False
    )

    def initial_answers(self) -> dict[str, Any]:
        return {"upstream_namespace": NO_NAMESPACE, **super().initial_answers()}

    def typed_prefixes(self) -> tuple[str, str]:
        return (
            self.typed_prefix("cache_namespace", "ecr_repository_prefix"),
            self.typed_prefix("upstream_namespace", "upstream_repository_prefix"),
        )

    def clean(self) -> dict[str, Any]:
        chosen = (
            self.cleaned_data.get("cache_namespace"),
            self.cleaned_data.get("upstream_namespace"),
        )
        if chosen == (NO_NAMESPACE, SPECIFIC_NAMESPACE):
            self.drop("upstream_repository_prefix")
            self.add_error(
                "upstream_namespace",
                _(
                    "Choose No prefix here too, or specify a prefix for the cache namespace."
                    " ECR supports an upstream prefix only together with a cache prefix."
                ),
            )
        else:
            self.clean_prefix("upstream_namespace", "upstream_repository_prefix")
        self.clean_cache_prefix()
        return self.cleaned_data


def _namespaces_rows(draft: RuleDraft) -> list[ReviewRow]:
    return [
        namespace_row(_("Cache namespace"), draft.cache_prefix),
        namespace_row(_("Upstream namespace"), draft.upstream_prefix),
    ]


NAMESPACES: Final = StepPage(
    title=_("Specify namespaces"),
    review_title=_("Namespaces"),
    heading=_("Namespaces"),
    description=_(
        "Choose which upstream repositories to cache, and the namespace for the cached images."
    ),
    form=NamespacesForm,
    template="wizard/steps/namespaces.html",
    choices=Choices.RULES,
    review_rows=_namespaces_rows,
)
