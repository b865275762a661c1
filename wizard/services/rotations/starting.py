"""Starting a rotation: its rows, inserted in one transaction, with the lease held from then on."""

import uuid
from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from wizard.domain import Role
from wizard.models import RotatedSecret, Rotation
from wizard.services import access, held
from wizard.services.rotations.finding import Candidate


def start(
    *,
    rotation_id: uuid.UUID,
    account_id: str,
    upstream: str,
    chosen: Sequence[Candidate],
    actor: User,
) -> Rotation | None:
    """Insert the rotation of these secrets; None if the same form has started it already.

    Raises NotPermitted, and inserts nothing, for a Region that is not the person's.
    """
    for each in chosen:
        access.check_access(user=actor, role=Role.OPERATOR, target=each.target)  # guard: Z2
    try:
        with transaction.atomic():
            rotation = Rotation.objects.create(
                id=rotation_id,
                account_id=account_id,
                upstream=upstream,
                actor=actor,
                **held.started(),
            )
            RotatedSecret.objects.bulk_create(_row(rotation, each) for each in chosen)
    except IntegrityError:  # guard: W1
        return None
    return rotation


def _row(rotation: Rotation, candidate: Candidate) -> RotatedSecret:
    return RotatedSecret(
        rotation=rotation,
        region=candidate.target.region,
        name=candidate.secret.name,
        arn=candidate.secret.arn,
        used_by=[
            {"region": rule.region, "prefix": rule.ecr_repository_prefix}
            for rule in candidate.rules
        ],
    )
