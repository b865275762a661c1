"""The base class of the two steps with prefixes: the cache namespace, alike for all upstreams."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.domain import NO_NAMESPACE, SPECIFIC_NAMESPACE
from wizard.domain.namespaces import meetings
from wizard.domain.prefixes import ROOT, free_prefix
from wizard.drafting.steps.base import ReviewRow, StepForm
from wizard.forms.fields import radio_choices
from wizard.words import Text

PREFIX_CONSTRAINT = gettext_lazy(
    "2 to 30 characters. Use lowercase letters, digits, and . _ - / between them."
)


def namespace_field(*, label: Any, specific: Text, none: Text, required: Any) -> forms.ChoiceField:
    """Return the choice between a prefix and none, with what each means for this namespace."""
    return forms.ChoiceField(
        label=label,
        widget=forms.RadioSelect,
        choices=radio_choices(
            (SPECIFIC_NAMESPACE, gettext_lazy("A specific prefix"), specific),
            (NO_NAMESPACE, gettext_lazy("No prefix"), none),
        ),
        error_messages={"required": required},
    )


class PrefixStepForm(StepForm):
    """A cache namespace: a specific prefix, or none.

    `choices` are the rules of the Region; None if they could not be read (no check then).
    """

    cache_namespace = namespace_field(
        label=gettext_lazy("Cache namespace"),
        specific=gettext_lazy("Names of cached repositories begin with a prefix."),
        none=gettext_lazy(
            "The rule applies to every repository name that no other rule covers (ROOT)."
        ),
        required=gettext_lazy("Choose a cache namespace."),
    )

    def initial_answers(self) -> dict[str, Any]:
        registry = self.draft.registry
        defaults = {
            "cache_namespace": SPECIFIC_NAMESPACE,
            "ecr_repository_prefix": self.free(registry.default_prefix) if registry else "",
        }
        return defaults | super().initial_answers()

    def free(self, prefix: str) -> str:
        """Return the prefix, or a similar one that is free in this Region."""
        return free_prefix(prefix, (rule.ecr_repository_prefix for rule in self.listed or ()))

    def shown_field(self, name: str) -> str:
        is_hidden = self.typed("cache_namespace") == NO_NAMESPACE
        return "cache_namespace" if is_hidden and name == "ecr_repository_prefix" else name

    def typed_prefixes(self) -> tuple[str, str]:
        """Return cache and upstream prefix as typed, valid or not, for the preview."""
        raise NotImplementedError

    def clean_cache_prefix(self) -> None:
        """Check the cache prefix: that there is one if it is needed, and that it is free."""
        self.clean_prefix("cache_namespace", "ecr_repository_prefix")
        if self.cleaned_data.get("cache_namespace") == NO_NAMESPACE:
            self._check_is_free(ROOT, field="cache_namespace")
        elif prefix := self.cleaned_data.get("ecr_repository_prefix"):
            self._check_is_free(prefix, field="ecr_repository_prefix")

    def clean_prefix(self, choice: str, name: str) -> None:
        """Require the prefix for the choice of a specific one; drop it for the other choice."""
        if self.cleaned_data.get(choice) != SPECIFIC_NAMESPACE:
            self.drop(name)
            return
        self.require(name, _("Enter a prefix."))
        if self.cleaned_data.get(name) == ROOT:
            self.add_error(name, _("Instead of entering ROOT, choose No prefix."))

    def typed_prefix(self, choice: str, name: str) -> str:
        return ROOT if self.typed(choice) == NO_NAMESPACE else self.typed(name)

    def typed(self, name: str) -> str:
        return str(self[name].value() or "").strip()

    def _check_is_free(self, prefix: str, *, field: str) -> None:
        """Add an error to `field` if a rule of this Region has the prefix."""
        replaced = self.draft.replaces
        for meeting in meetings(prefix, self.listed or ()):
            is_replaced = replaced is not None and replaced.ecr_repository_prefix == prefix
            if meeting.is_refused and not is_replaced:
                text = _("The rule for %(url)s already uses this prefix in this Region.")
                url = meeting.rule.upstream_registry_url
                self.add_error(field, text % {"url": url})


def namespace_row(label: Text, prefix: str) -> ReviewRow:
    """Return a prefix for the review, or the words for no prefix."""
    if prefix in ("", ROOT):
        return ReviewRow(label=label, value=f"{_('No prefix')} ({ROOT})")
    return ReviewRow(label=label, value=prefix, copyable=True)
