"""What becomes of a rotation that was cut off or failed in a part: complete it, or put back.

Both first read what AWS holds of the changes without a result, and write it down. If only the
validation is missing, the background starts it.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.contrib.auth.models import User

from wizard.domain import SECRET_NAME_PREFIX, Credential, Role
from wizard.models import RotatedSecret, RotatedState, Rotation
from wizard.services import access, held, places
from wizard.services.rotations.comparing import settle
from wizard.services.rotations.reading import dead_rotations, results_of
from wizard.services.rotations.running import put_all, put_back_all
from wizard.services.rotations.validating import validate


def complete(*, rotation: Rotation, credential: Credential | None, actor: User) -> bool:
    """Store the new version where it is missing; False if another process has the rotation.

    Without a credential nothing is stored; the rows say afterwards what AWS holds. The rules of
    secrets that were changed and not validated since are validated.
    """
    if not held.take(rotation, actor=actor):
        return False
    own = _settled(rotation, actor)
    missing = [each for each in own if is_missing(each)]
    if credential is None or not missing:
        _finish(rotation, own)
    else:
        put_all(rotation, missing, credential)
    return True


def finish_dead(*, rotation_id: UUID) -> Rotation | None:
    """Finish a rotation whose process died after it had its turn at each secret; None otherwise.

    What AWS holds is written down, and the validation of the rules is started. No credential is
    needed. The caller queues the validation.
    """
    rotation = dead_rotations().filter(pk=rotation_id).first()
    if rotation is None or not held.take(rotation):
        return None
    every = list(rotation.secrets.select_related("rotation"))
    with held.kept([rotation]):
        if places.refusal_of_work(rotation.account_id) is None:
            settle(every)
        _finish(rotation, every)
    return rotation


def _finish(rotation: Rotation, secrets: Sequence[RotatedSecret]) -> None:
    """Start the validation that is missing, and give up the lease."""
    known = results_of(secrets) if secrets else {}
    changed = [each for each in secrets if each.changed_at]
    validate(rotation, [each for each in changed if not known.keys() >= set(each.rules)])
    held.give_up(rotation)


def put_back(*, rotation: Rotation, keys: Collection[str], actor: User) -> bool:
    """Make the old version of the chosen secrets current again; False if another process has it."""
    if not held.take(rotation, actor=actor):
        return False
    possible = [each for each in _settled(rotation, actor) if can_put_back(each)]
    put_back_all(rotation, [each for each in possible if key_of(each) in keys])
    return True


def key_of(secret: RotatedSecret) -> str:
    """Region and short name, as in forms and addresses."""
    return f"{secret.region}/{secret.name.removeprefix(SECRET_NAME_PREFIX)}"


def is_missing(secret: RotatedSecret) -> bool:
    """Whether the secret has no new version, as far as it is written down."""
    return secret.state in (RotatedState.WAITING, RotatedState.FAILED)


def can_put_back(secret: RotatedSecret) -> bool:
    """Whether the secret has the new version, and had another one before."""
    return secret.state == RotatedState.SUCCEEDED and secret.previous_version != ""


def _settled(rotation: Rotation, actor: User) -> list[RotatedSecret]:
    """Return the secrets in the person's Regions, after comparing them with AWS."""
    own = [
        each
        for each in rotation.secrets.select_related("rotation")
        if access.may(user=actor, role=Role.OPERATOR, target=each.target)  # guard: Z2
    ]
    with held.kept([rotation]):
        settle(own)
    return own
