"""Step "Specify namespaces": where cached images land and what part of the upstream they mirror."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain import NO_NAMESPACE, SPECIFIC_NAMESPACE, RuleDraft, Step
from wizard.domain.prefixes import ROOT
from wizard.drafting.steps.base import Choices, ReviewRow, StepPage
from wizard.drafting.steps.prefix import PREFIX_CONSTRAINT, PrefixStepForm
from wizard.forms.fields import PrefixField, radio_choices
from wizard.words import Text


class NamespacesForm(PrefixStepForm):
    """Cache and upstream namespace, each a specific prefix or none."""

    step = Step.NAMESPACES

    cache_namespace = forms.ChoiceField(
        label=_("Cache namespace"),
        widget=forms.RadioSelect,
        choices=radio_choices(
            (
                SPECIFIC_NAMESPACE,
                _("A specific prefix"),
                _("Cached repositories have names that begin with a prefix."),
            ),
            (
                NO_NAMESPACE,
                _("No prefix"),
                _("Every repository name that no other rule covers (ROOT)."),
            ),
        ),
        error_messages={"required": _("Choose a cache namespace.")},
    )
    ecr_repository_prefix = PrefixField(
        label=_("Cache repository prefix"), constraint=PREFIX_CONSTRAINT, required=False
    )
    upstream_namespace = forms.ChoiceField(
        label=_("Upstream namespace"),
        widget=forms.RadioSelect,
        choices=radio_choices(
            (
                SPECIFIC_NAMESPACE,
                _("A specific prefix"),
                _("Only repositories under a prefix of the upstream registry."),
            ),
            (NO_NAMESPACE, _("No prefix"), _("Any repository of the upstream registry (ROOT).")),
        ),
        error_messages={"required": _("Choose an upstream namespace.")},
    )
    upstream_repository_prefix = PrefixField(
        label=_("Upstream repository prefix"), constraint=PREFIX_CONSTRAINT, required=False
    )

    def initial_answers(self) -> dict[str, Any]:
        registry = self.draft.registry
        defaults = {
            "cache_namespace": SPECIFIC_NAMESPACE,
            "ecr_repository_prefix": registry.default_prefix if registry else "",
            "upstream_namespace": NO_NAMESPACE,
        }
        return defaults | super().initial_answers()

    def typed_prefixes(self) -> tuple[str, str]:
        return (
            self._typed_prefix("cache_namespace", "ecr_repository_prefix"),
            self._typed_prefix("upstream_namespace", "upstream_repository_prefix"),
        )

    def clean(self) -> dict[str, Any]:
        chosen = (
            self.cleaned_data.get("cache_namespace"),
            self.cleaned_data.get("upstream_namespace"),
        )
        self._clean_prefix("cache_namespace", "ecr_repository_prefix")
        if chosen == (NO_NAMESPACE, SPECIFIC_NAMESPACE):
            self.drop("upstream_repository_prefix")
            self.add_error(
                "upstream_namespace",
                _(
                    "Choose No prefix here too, or give the cache namespace a prefix: ECR allows an"
                    " upstream prefix only together with a cache prefix."
                ),
            )
        else:
            self._clean_prefix("upstream_namespace", "upstream_repository_prefix")
        self._check_is_free()
        return self.cleaned_data

    def _check_is_free(self) -> None:
        if self.cleaned_data.get("cache_namespace") == NO_NAMESPACE:
            self.check_is_free(ROOT, field="cache_namespace")
        elif prefix := self.cleaned_data.get("ecr_repository_prefix"):
            self.check_is_free(prefix, field="ecr_repository_prefix")

    def _typed_prefix(self, choice: str, name: str) -> str:
        return ROOT if self.typed(choice) == NO_NAMESPACE else self.typed(name)

    def _clean_prefix(self, choice: str, name: str) -> None:
        if self.cleaned_data.get(choice) != SPECIFIC_NAMESPACE:
            self.drop(name)
            return
        self.require(name, _("Enter a prefix."))
        if self.cleaned_data.get(name) == ROOT:
            self.add_error(name, _("Choose No prefix instead of the word ROOT."))


def _namespaces_rows(draft: RuleDraft) -> list[ReviewRow]:
    answers = draft.answers[Step.NAMESPACES]
    upstream = answers.get("upstream_repository_prefix", "")
    return [
        _namespace_row(_("Cache namespace"), answers["cache_namespace"], draft.cache_prefix),
        _namespace_row(_("Upstream namespace"), answers["upstream_namespace"], upstream),
    ]


def _namespace_row(label: Text, choice: str, prefix: str) -> ReviewRow:
    if choice == NO_NAMESPACE:
        return ReviewRow(label=label, value=f"{_('No prefix')} ({ROOT})")
    return ReviewRow(label=label, value=prefix, copyable=True)


NAMESPACES: Final = StepPage(
    title=_("Specify namespaces"),
    review_title=_("Namespaces"),
    heading=_("Namespaces"),
    description=_("Choose which part of the upstream is cached, and under which names."),
    form=NamespacesForm,
    template="wizard/steps/namespaces.html",
    choices=Choices.RULES,
    review_rows=_namespaces_rows,
)
