"""Rotations: a new upstream credential for many secrets at once, over Regions.

Views import from this package only. Its modules depend on each other in this order: `finding`
and `reading`; `starting`, `journal`, `replicating` and `validating`; `versions`; `running` and
`comparing`; `settling`.
"""

from wizard.services.rotations.comparing import Held, look
from wizard.services.rotations.finding import (
    Candidate,
    Inventory,
    LeftOut,
    RotationPlan,
    Upstream,
    plan_of,
    read_inventory,
    upstream_of_secret,
    upstreams_of,
)
from wizard.services.rotations.reading import (
    dead_rotations,
    get_rotation,
    newest_rotations,
    results_of,
    secrets_of,
    unsettled_rotations,
)
from wizard.services.rotations.running import put_all
from wizard.services.rotations.settling import (
    can_put_back,
    complete,
    finish_dead,
    is_missing,
    key_of,
    put_back,
)
from wizard.services.rotations.starting import start

__all__ = [
    "Candidate",
    "Held",
    "Inventory",
    "LeftOut",
    "RotationPlan",
    "Upstream",
    "can_put_back",
    "complete",
    "dead_rotations",
    "finish_dead",
    "get_rotation",
    "is_missing",
    "key_of",
    "look",
    "newest_rotations",
    "plan_of",
    "put_all",
    "put_back",
    "read_inventory",
    "results_of",
    "secrets_of",
    "start",
    "unsettled_rotations",
    "upstream_of_secret",
    "upstreams_of",
]
