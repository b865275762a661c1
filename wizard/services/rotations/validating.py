"""The validation of the rules whose secrets a rotation has changed."""

from collections.abc import Collection

from wizard.domain import Role, Target
from wizard.models import RotatedSecret, Rotation, UsedBy
from wizard.services import access
from wizard.services.bulk_validation import RuleSelection, start_bulk_validation


def validate(rotation: Rotation, secrets: Collection[RotatedSecret]) -> None:
    """Start the validation of all rules of these secrets, where the person has the role.

    It needs no credential, so the background does it. It is `rotation.bulk` then; the caller queues
    the task.
    """
    actor = rotation.actor
    wanted = {
        RuleSelection(region=rule.region, ecr_repository_prefix=rule.ecr_repository_prefix)
        for secret in secrets
        for rule in secret.rules
        if access.may(user=actor, role=Role.OPERATOR, target=_target(rotation, rule))
    }
    if not wanted:
        return
    bulk, _is_new = start_bulk_validation(
        account_id=rotation.account_id, selections=wanted, actor=actor
    )
    rotation.bulk = bulk
    Rotation.objects.filter(pk=rotation.pk).update(bulk=bulk)


def _target(rotation: Rotation, rule: UsedBy) -> Target:
    return Target(account_id=rotation.account_id, region=rule.region)
