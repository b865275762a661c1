"""One repository creation template in several Regions: copied or deleted, with a row for each.

Views import from this package only. Its modules depend on each other in this order: `planning` and
`reading`; `starting` and `changing`; `running` and `settling`; `retrying`.
"""

from wizard.services.template_operations.planning import (
    Planned,
    RegionPlan,
    plan_copies,
    plan_deletions,
)
from wizard.services.template_operations.reading import (
    changes_of,
    dead_operations,
    find_operation,
    get_operation,
    newest_operations,
    unsettled_operations,
)
from wizard.services.template_operations.retrying import retry
from wizard.services.template_operations.running import run
from wizard.services.template_operations.settling import settle_dead
from wizard.services.template_operations.starting import start

__all__ = [
    "Planned",
    "RegionPlan",
    "changes_of",
    "dead_operations",
    "find_operation",
    "get_operation",
    "newest_operations",
    "plan_copies",
    "plan_deletions",
    "retry",
    "run",
    "settle_dead",
    "start",
    "unsettled_operations",
]
