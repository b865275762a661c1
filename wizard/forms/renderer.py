"""Renders each form field through the console's own component."""

from django.forms.renderers import TemplatesSetting


class ConsoleRenderer(TemplatesSetting):
    field_template_name = "components/_field.html"
