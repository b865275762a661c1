"""The repeated parts of form widgets: attributes, and the options of a choice.

A list of Regions has 34 options. Django's way, a template for each option and one for each option's
attributes, was a third of the work of rendering a step of the wizard.
"""

import html
from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

register = template.Library()

Option = Mapping[str, Any]


@register.simple_tag
def attributes(attrs: Mapping[str, object]) -> SafeString:
    """{% attributes widget.attrs %}: what django/forms/widgets/attrs.html renders."""
    return SafeString("".join(_attribute(name, value) for name, value in attrs.items()))


@register.simple_tag
def select_options(options: Iterable[Option]) -> SafeString:
    """{% select_options group_choices %}: the <option> elements of a <select>."""
    return SafeString(
        "".join(
            f'<option value="{_escaped(each["value"])}"{attributes(each["attrs"])}>'
            f"{_escaped(each['label'])}</option>"
            for each in options
        )
    )


@register.simple_tag
def choices(groups: Iterable[tuple[str | None, list[Option], int]]) -> SafeString:
    """{% choices widget.optgroups %}: radio buttons or check boxes, each with its label."""
    return SafeString("\n".join(_choice(each) for _, options, _ in groups for each in options))


def _choice(option: Option) -> str:
    """Render one choice. Its label may be an object with a description of its own."""
    label, attrs, kind = option["label"], option["attrs"], option["type"]
    css_class = ' class="checkbox"' if kind == "checkbox" else ""
    name, value = _escaped(option["name"]), _escaped(option["value"])
    described = _escaped(getattr(label, "description", ""))
    return (
        f'<div class="option"><input{css_class} type="{kind}" name="{name}" value="{value}"'
        f"{attributes(attrs)}>"
        f' <label for="{_escaped(attrs.get("id", ""))}">{_escaped(label)}</label>'
        + (f' <span class="small">{described}</span>' if described else "")
        + "</div>"
    )


def _attribute(name: str, value: object) -> str:
    if value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{_escaped(value)}"'


def _escaped(value: object) -> str:
    """Escape text, unless it is HTML already."""
    if isinstance(value, SafeString):
        return value
    return html.escape(str(value))
