"""Numbers as the language of the person writes them."""

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def grouped(number: int | None) -> str:
    """{{ 1700|grouped }} is 1,700, in German 1.700. For what people read, not for attributes."""
    return "" if number is None else number_format(number, force_grouping=True)
