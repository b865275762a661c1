"""The repository creation template that the wizard creates together with the rule."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from wizard.domain.templates import MUTABLE
from wizard.forms.fields import radio_choices
from wizard.forms.lifecycle import NONE, LifecycleFields, lifecycle_initial

CREATE: Final = "with-rule"
_IMMUTABLE: Final = "IMMUTABLE"


class RuleTemplateForm(LifecycleFields):
    """Whether to create a template, and its settings. What is not used need not be right."""

    creation_template = forms.ChoiceField(
        label=_("Template"),
        required=False,
        widget=forms.RadioSelect,
        choices=radio_choices(
            (NONE, _("No template"), _("You can create one later.")),
            (CREATE, _("Create a template with the prefix of the rule"), ""),
        ),
    )
    image_tag_mutability = forms.ChoiceField(
        label=_("Image tag mutability"),
        required=False,
        widget=forms.RadioSelect,
        choices=radio_choices(
            (MUTABLE, _("Mutable"), _("Image tags can be overwritten.")),
            (
                _IMMUTABLE,
                _("Immutable"),
                _(
                    "Image tags can't be overwritten. ECR can't refresh a cached tag that changed"
                    " in the upstream registry."
                ),
            ),
        ),
    )

    field_order = ("creation_template", "image_tag_mutability")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("creation_template") != CREATE and "creation_template" not in self.errors:
            self.errors.clear()
        return given

    def settings(self) -> dict[str, str] | None:
        """Return the settings of the template; None for no template. The form must be valid."""
        given = self.cleaned_data
        if given.get("creation_template") != CREATE:
            return None
        return {
            "image_tag_mutability": given.get("image_tag_mutability") or MUTABLE,
            "lifecycle_policy": given["lifecycle_policy"],
        }


def rule_template_initial(settings: Any) -> dict[str, Any]:
    """Return the initial values of the form for the settings of a draft."""
    if settings is None:
        defaults = {"creation_template": NONE, "image_tag_mutability": MUTABLE}
        return lifecycle_initial("") | defaults
    return lifecycle_initial(settings["lifecycle_policy"]) | {
        "creation_template": CREATE,
        "image_tag_mutability": settings["image_tag_mutability"],
    }
