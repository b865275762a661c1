"""Checks that AWS makes always and the simulation only when they are ordered.

They would refuse what tests and a demo find convenient: any access key, a trust policy that names
nobody, a caller without permissions.
"""

import threading
from collections.abc import Iterable
from enum import StrEnum


class Check(StrEnum):
    """What can be checked additionally.

    `iam`: a caller that IAM knows needs a permission for each call, and those that it implies.

    `keys`: an access key that AWS did not issue is refused. `policies`: a trust policy is a policy,
    and the principals of trust and registry policies exist. `permissions`: a caller that IAM knows
    needs the permissions that creating and validating a rule imply.
    """

    IAM = "iam"
    KEYS = "keys"
    POLICIES = "policies"
    PERMISSIONS = "permissions"


class Checks:
    """The ordered checks; none at first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: frozenset[Check] = frozenset()

    def order(self, checks: Iterable[Check]) -> None:
        """Make these checks from now on, in addition to those ordered before."""
        with self._lock:
            self._ordered |= frozenset(checks)

    def clear(self) -> None:
        """Make no additional check."""
        with self._lock:
            self._ordered = frozenset()

    def __contains__(self, check: Check) -> bool:
        return check in self._ordered


# One per process, like moto's state.
CHECKS = Checks()
