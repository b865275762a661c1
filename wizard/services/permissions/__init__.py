"""What the console's own credentials may do, as IAM says beforehand and as AWS refused lately.

Nothing here blocks a change: IAM's simulation can be wrong. Others import from this package only.
"""

from wizard.services.permissions.memory import forget
from wizard.services.permissions.preflight import (
    Obstacle,
    Preflight,
    check_everything,
    check_journeys,
    known_preflight,
    refused_lately,
)

__all__ = [
    "Obstacle",
    "Preflight",
    "check_everything",
    "check_journeys",
    "forget",
    "known_preflight",
    "refused_lately",
]
