"""Info links beside a heading or a field's label, to another topic than that of the page."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from wizard.words import HELP_TOPICS

register = template.Library()


@register.simple_tag
def info_link(slug: str) -> str:
    """{% info_link "health" %} links to that topic; the help panel shows it."""
    return format_html(
        '<a class="info-link" href="{}" data-help>{}<span class="visually-hidden">: {}</span></a>',
        reverse("help-topic", kwargs={"topic": slug}),
        _("Info"),
        HELP_TOPICS[slug].title,
    )
