"""Renders the console's forms with its own templates; Django's admin keeps Django's."""

import re
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.template.loader import select_template

from wizard.words import HELP_OF_FIELDS

_DJANGO_WIDGET = re.compile(r"django/forms/widgets/(\w+)\.html")
_OUR_WIDGET = r"components/_widgets.html#\1"


class ConstrainedField(BoundField):
    """A bound field whose constraint text is linked with aria-describedby, and its help."""

    @property
    def help_topic(self) -> str:
        """The topic of the help about the field; empty without one."""
        topic: str = getattr(self.field, "help_topic", HELP_OF_FIELDS.get(self.name, ""))
        return topic

    @property
    def aria_describedby(self) -> str | None:
        described = super().aria_describedby
        if not getattr(self.field, "constraint", ""):
            return described
        return " ".join(filter(None, [described, f"{self.auto_id}_constraint"]))


class ConsoleRenderer(TemplatesSetting):
    """Takes a widget's template from `components/_widgets.html` when it has one of that name."""

    field_template_name = "components/_field.html"
    bound_field_class = ConstrainedField

    def get_template(self, template_name: str) -> Any:
        ours = _DJANGO_WIDGET.sub(_OUR_WIDGET, template_name)
        return select_template([ours, template_name])


class ConsoleForm(forms.Form):
    """The base class of all forms of the console."""

    default_renderer = ConsoleRenderer
