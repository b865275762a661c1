"""The work on a rotation whose lease is held: a new version for each secret, in parallel.

The work ends with the request that has the credential. One Region that fails stops no other.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial

from wizard.domain import Credential
from wizard.domain.waiting import begin_change
from wizard.models import RotatedSecret, Rotation
from wizard.services.change_threads import work_through
from wizard.services.rotations import leases, versions
from wizard.services.rotations.leases import LeaseLost


def put_all(rotation: Rotation, secrets: Collection[RotatedSecret], credential: Credential) -> None:
    """Store the credential as a new version of each secret; results and errors are in the rows."""
    _work(rotation, secrets, partial(versions.put, credential=credential))


def put_back_all(rotation: Rotation, secrets: Collection[RotatedSecret]) -> None:
    """Make the old version of each secret the current one again, where that is possible."""
    _work(rotation, secrets, versions.put_back)


def _work(
    rotation: Rotation,
    secrets: Collection[RotatedSecret],
    change: Callable[[RotatedSecret], None],
) -> None:
    begin_change()
    for each in secrets:
        each.rotation = rotation

    def work(secret: RotatedSecret) -> None:
        with suppress(LeaseLost):
            change(secret)

    def keep_lease() -> None:
        with suppress(LeaseLost):  # The threads notice it themselves.
            leases.renew(rotation)

    try:
        work_through(secrets, work, meanwhile=keep_lease, every_seconds=leases.RENEW_SECONDS)
    finally:
        leases.give_up(rotation)
