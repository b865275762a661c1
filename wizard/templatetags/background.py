"""A template tag that says whether a background worker is alive."""

from django import template

from wizard.services import workers

register = template.Library()


@register.simple_tag
def worker_is_alive() -> bool:
    """Whether work that is queued will be done soon. One query.

    {% worker_is_alive as is_alive %}{% if not is_alive %}...{% endif %}
    """
    return workers.is_alive(workers.last_seen())
