"""Waiting until the replicas of a secret have its new value, so that their rules can be validated.

Secrets Manager replicates a new value in the background, usually within seconds.
"""

import time
from typing import Final

from wizard.backend import secretsmanager
from wizard.domain.errors import AwsError
from wizard.models import RotatedSecret
from wizard.services import held

# The pauses between two looks. The sum is fifteen seconds, after which the rules are validated
# with what the replicas have.
WAITS: Final = (1, 1, 2, 3, 4, 4)


def wait_for_replicas(secret: RotatedSecret) -> None:
    """Wait until no replica is in progress, at most as long as WAITS says.

    Raises LeaseLost if another process has taken the rotation.
    """
    for seconds in WAITS:
        try:
            now = secretsmanager.staged_versions(secret.target, secret.arn)
        except AwsError:
            return
        if not now.replicating:  # guard: F23
            return
        held.renew(secret.rotation)
        pause(seconds)


def pause(seconds: float) -> None:
    """Sleep. The only place in rotations that does, so that tests can replace it."""
    time.sleep(seconds)
