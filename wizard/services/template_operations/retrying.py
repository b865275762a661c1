"""What is left of an operation that failed in a part or was interrupted.

A call without a result is compared with AWS first. Each Region is then read once more, as at first.
"""

from django.contrib.auth.models import User

from wizard.domain import Role
from wizard.domain.waiting import begin_change
from wizard.models import TemplateOperation, TemplateState
from wizard.services import access, held
from wizard.services.template_operations.running import run
from wizard.services.template_operations.settling import settle


def retry(*, operation: TemplateOperation, actor: User) -> bool:
    """Work on what is not done, in the person's Regions; False if a process has the operation."""
    if not held.take(operation, actor=actor):
        return False
    own = [
        each
        for each in operation.changes.select_related("operation")
        if access.may(user=actor, role=Role.OPERATOR, target=each.target)
    ]
    begin_change()
    with held.kept([operation]):
        settle(own)
    # One that AWS does not tell about is left as it is.
    left = [each for each in own if not each.is_done and each.state != TemplateState.RUNNING]
    run(operation, left)
    return True
