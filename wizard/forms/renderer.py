"""Renders each form field through the console's own component."""

from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting


class ConstrainedField(BoundField):
    """A field whose constraint, the line under the control, is read out with it."""

    @property
    def aria_describedby(self) -> str | None:
        described = super().aria_describedby
        if not getattr(self.field, "constraint", ""):
            return described
        return " ".join(filter(None, [described, f"{self.auto_id}_constraint"]))


class ConsoleRenderer(TemplatesSetting):
    field_template_name = "components/_field.html"
    bound_field_class = ConstrainedField
