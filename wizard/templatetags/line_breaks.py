"""Where lines break: not inside codes of Regions and account IDs; between the parts of names."""

import re
from typing import Final

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

register = template.Library()

_CODES: Final = re.compile(
    r"\([a-z]{2}(?:-[a-z]+)+-\d+\)|\b[a-z]{2}-(?:[a-z]+-)?[a-z]+-\d\b|\b\d{4}-\d{4}-\d{4}\b"
)
# No entity of an escaped text, such as "&#x27;", contains one of these places.
_PLACES: Final = re.compile(r"(?<=[\w*])[/:](?=[\w*])|[a-z](?=[A-Z])")


@register.filter
def unbroken(text: str) -> SafeString:
    """Return the text with each code in an element that doesn't wrap.

    The text is escaped first, and what is matched has no characters of HTML.
    """
    escaped = conditional_escape(text)
    return SafeString(_CODES.sub(r'<span class="whole">\g<0></span>', escaped))


@register.filter
def breaking(name: str) -> SafeString:
    """Return the name with places to break: after "/" and ":", and before a capital letter.

    Such names have no spaces: ecr:CreatePullThroughCacheRule, ecr-pullthroughcache/docker-hub.
    The text is escaped first.
    """
    return SafeString(_PLACES.sub(r"\g<0><wbr>", conditional_escape(name)))
