"""The base class of the two steps with prefixes: checks that the prefix is free in the Region."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wizard.domain.namespaces import meetings
from wizard.drafting.steps.base import StepForm

PREFIX_CONSTRAINT = gettext_lazy(
    "2 to 30 characters: lower-case letters, digits, and . _ - / between them."
)


class PrefixStepForm(StepForm):
    """`choices` are the rules of the Region; None if they could not be read (no check then)."""

    def typed_prefixes(self) -> tuple[str, str]:
        """Return cache and upstream prefix as typed, valid or not, for the preview."""
        raise NotImplementedError

    def check_is_free(self, prefix: str, *, field: str) -> None:
        """Add an error to `field` if a rule of this Region has the prefix."""
        replaced = self.draft.replaces
        for meeting in meetings(prefix, self.listed or ()):
            is_replaced = replaced is not None and replaced.ecr_repository_prefix == prefix
            if meeting.is_refused and not is_replaced:
                text = _("The rule for %(url)s already uses this prefix in this Region.")
                url = meeting.rule.upstream_registry_url
                self.add_error(field, text % {"url": url})

    def typed(self, name: str) -> str:
        return str(self[name].value() or "")
