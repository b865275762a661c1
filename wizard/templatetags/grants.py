"""Template tags that hide what the person may not do.

This is no protection: `gate/middleware.py` checks each request before the view.
"""

from django import template
from django.contrib.auth.models import User
from django.template import Context

from wizard.domain import Role, Target
from wizard.services import access

register = template.Library()


@register.simple_tag(takes_context=True)
def may_work_at(context: Context, account_id: str, region: str = "") -> bool:
    """Whether the person is an operator there; without a Region, anywhere in the account.

    {% may_work_at account_id region as may_work %}{% if may_work %}...{% endif %}
    """
    user = getattr(context.get("request"), "user", None)
    if not isinstance(user, User):
        return False
    if not region:
        return access.may_somewhere(user=user, role=Role.OPERATOR, account_id=account_id)
    target = Target(account_id=account_id, region=region)
    return access.may(user=user, role=Role.OPERATOR, target=target)
