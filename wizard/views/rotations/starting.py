"""The work of the request that confirms a rotation, and the validation that follows each change."""

import uuid
from collections.abc import Collection

from django.contrib.auth.models import User
from django.urls import reverse

from wizard import tasks
from wizard.domain import Credential
from wizard.models import Rotation
from wizard.services import rotations
from wizard.services.rotations import RotationPlan


def start(
    *,
    account_id: str,
    actor: User,
    plan: RotationPlan,
    chosen: Collection[str],
    rotation_id: uuid.UUID,
    credential: Credential,
) -> Rotation:
    """Start the rotation and do its work; one that the same form has started is left alone."""
    rotation = rotations.start(
        rotation_id=rotation_id,
        account_id=account_id,
        upstream=plan.upstream,
        chosen=[each for each in plan.possible if each.key in chosen],
        actor=actor,
    )
    if rotation is None:
        return rotations.get_rotation(rotation_id=rotation_id, account_id=account_id)
    rotations.put_all(rotation, list(rotation.secrets.all()), credential)
    queue_validation(rotation)
    return rotation


def queue_validation(rotation: Rotation) -> None:
    """Let the background validate the rules at once, not only when it looks for due work."""
    if rotation.bulk is not None and not rotation.bulk.is_finished:
        tasks.start_in_background(rotation.bulk)


def rotation_url(rotation: Rotation) -> str:
    """Return the address of a rotation's page."""
    parts = {"account_id": rotation.account_id, "rotation_id": rotation.pk}
    return reverse("rotation-detail", kwargs=parts)
