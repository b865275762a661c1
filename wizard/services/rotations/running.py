"""The work on a rotation whose lease is held: a new version for each secret, in parallel.

The work ends with the request that has the credential. One Region that fails stops no other, and
one that does not respond is not asked about the rest. The lease is held until the validation of the
rules is started, so that the background can start it when the process dies before.
"""

from collections.abc import Callable, Collection
from functools import partial

from wizard.domain import Credential
from wizard.domain.errors import AwsError
from wizard.domain.waiting import begin_change
from wizard.models import RotatedSecret, Rotation
from wizard.services import held
from wizard.services.change_threads import work_through
from wizard.services.rotations import versions
from wizard.services.rotations.validating import validate


def put_all(rotation: Rotation, secrets: Collection[RotatedSecret], credential: Credential) -> None:
    """Store the credential as a new version of each secret, and start the validation of the rules.

    Results and errors are in the rows. The caller queues the validation, `rotation.bulk`.
    """
    put = partial(versions.put, credential=credential)
    _work(rotation, secrets, put, leave=versions.leave_without_new)


def put_back_all(rotation: Rotation, secrets: Collection[RotatedSecret]) -> None:
    """Make the old version of each secret the current one again, and start the validation."""
    _work(rotation, secrets, versions.put_back, leave=versions.leave_with_new)


def _work(
    rotation: Rotation,
    secrets: Collection[RotatedSecret],
    change: Callable[[RotatedSecret], None],
    *,
    leave: Callable[[RotatedSecret, AwsError], None],
) -> None:
    begin_change()
    before = {each.pk: each.changed_at for each in secrets}
    for each in secrets:
        each.rotation = rotation

    work_through(
        secrets,
        change,
        leave=leave,
        lease_of=rotation,
    )
    validate(rotation, [each for each in secrets if each.changed_at != before[each.pk]])
    held.give_up(rotation)
