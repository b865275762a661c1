"""Where lines break: not inside the codes of Regions and account IDs."""

import re
from typing import Final

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

register = template.Library()

_CODES: Final = re.compile(r"\([a-z]{2}(?:-[a-z]+)+-\d+\)|\b\d{4}-\d{4}-\d{4}\b")


@register.filter
def unbroken(text: str) -> SafeString:
    """Return the text with each code in an element that doesn't wrap.

    The text is escaped first, and what is matched has no characters of HTML.
    """
    escaped = conditional_escape(text)
    return SafeString(_CODES.sub(r'<span class="whole">\g<0></span>', escaped))
