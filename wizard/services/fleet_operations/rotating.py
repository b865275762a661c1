"""The part of an account in rotating a credential over accounts: one rotation of that account.

Its ID follows from the part's, so a part that is begun twice inserts nothing twice. Journal,
versions, putting back and recovery are the rotation's own. A rotation that was cut off is completed
as by a person: AWS is asked what it holds, and what is missing is stored, as long as the operation
keeps the credential.
"""

import uuid

from django.db import transaction

from wizard.domain import Credential
from wizard.models import FleetPart, PartState, Rotation
from wizard.services import bulk_validation, rotations
from wizard.services.fleet_operations import rotation_ends, sealed_values
from wizard.services.fleet_operations.rotation_choice import choose, person_of
from wizard.services.fleet_operations.rotation_plans import upstream_asked_for
from wizard.services.fleet_operations.rotation_results import untold
from wizard.services.fleet_operations.settling import come_back


def rotate(part: FleetPart) -> None:
    """Store the credential in the secrets of the part that do not have it yet; then validate.

    If another worker has the rotation or its validation, the part stays open and is looked at
    again.
    """
    credential = sealed_values.kept_value(part.operation)
    if part.rotation_id is None and not _begin(part, credential):
        return
    rotation = _read(part.rotation_id)
    if rotation is None or not _complete(part, rotation, credential):
        return
    rotation = _read(rotation.pk) or rotation
    if rotation.bulk is not None:
        bulk_validation.run_bulk_validation(bulk_id=rotation.bulk.pk)
        rotation.bulk.refresh_from_db()
        if not rotation.bulk.is_finished:
            come_back(part, at=rotation.bulk.lease_until)
            return
    rotation_ends.end_rotated(part, rotation, is_kept=credential is not None)


def _read(rotation_id: uuid.UUID | None) -> Rotation | None:
    if rotation_id is None:
        return None
    return Rotation.objects.select_related("bulk").filter(pk=rotation_id).first()


def _begin(part: FleetPart, credential: Credential | None) -> bool:
    """Insert the rotation and do its work; False if the part ended, as nothing can be changed."""
    if credential is None:  # guard: S16
        rotation_ends.end_without_credential(part)
        return False
    person = person_of(part)
    chosen, refused = choose(part, person)
    if not chosen:
        rotation_ends.end_refused(part, refused)
        return False
    rotation_ends.note_refused(part, refused)
    part.rotation_id = uuid.uuid5(part.pk, "rotation")
    with transaction.atomic():
        rotation = rotations.start(
            rotation_id=part.rotation_id,
            account_id=part.account_id,
            upstream=upstream_asked_for(part.operation.asked),
            chosen=chosen,
            actor=person,
        )
        part.state = PartState.RUNNING
        # Whoever looks at the part may look at all that its results name.
        used = {rule.region for each in chosen for rule in each.rules}
        part.regions = sorted({*part.regions, *used, *(each.target.region for each in chosen)})
        part.save(update_fields=["rotation", "state", "regions", "failed_rules"])
    if rotation is not None:
        rotations.put_all(rotation, list(rotation.secrets.all()), credential)
    return True


def _complete(part: FleetPart, rotation: Rotation, credential: Credential | None) -> bool:
    """Do what is left of a rotation that was cut off, or that a retry goes on with.

    False if another process has it; the part is looked at again then.
    """
    is_retry = part.state == PartState.WAITING
    if not is_retry and rotation.lease_until is None and not untold(rotation):
        return True
    if rotation.is_running or not rotations.complete(
        rotation=rotation, credential=credential, actor=person_of(part)
    ):
        come_back(part, at=rotation.lease_until)
        return False
    if is_retry:
        part.state = PartState.RUNNING
        part.save(update_fields=["state"])
    return True
