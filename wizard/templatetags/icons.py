"""The icons of the pages: inline drawings from `templates/components/icons`, by name."""

from functools import cache

from django import template
from django.template.loader import get_template

register = template.Library()


@register.simple_tag
def icon(name: str) -> str:
    """{% icon "caret" %} draws components/icons/caret.svg."""
    return _drawing(name)


@cache
def _drawing(name: str) -> str:
    """The drawing, rendered once in each process: it depends on nothing else."""
    return get_template(f"components/icons/{name}.svg").render()
