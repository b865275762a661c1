"""Operations over many accounts: the same work in each, with a part for each account.

A part is carried out by what does the work in one account: a bulk validation. So claims, leases,
audit trail and recovery are its own. This package knows the plan, who works on which part, and
what failed. Its modules depend on each other in this order: `planning` and `sealed_values`;
`settling`; `starting` and `reading`; `cancelling`; `validating`; `running`; `retrying`.
"""

from wizard.services.fleet_operations.cancelling import cancel, may_cancel
from wizard.services.fleet_operations.planning import (
    MOST_ACCOUNTS,
    MOST_RULES,
    AccountPlan,
    FleetPlan,
    plan_validation,
)
from wizard.services.fleet_operations.reading import (
    FleetProgress,
    OperationParts,
    first_failures,
    get_operation,
    is_started,
    latest_operations,
    parts_of,
    progress_of_parts,
)
from wizard.services.fleet_operations.results import results_of
from wizard.services.fleet_operations.retrying import retry_validation
from wizard.services.fleet_operations.running import open_parts, work_on
from wizard.services.fleet_operations.starting import start

__all__ = [
    "MOST_ACCOUNTS",
    "MOST_RULES",
    "AccountPlan",
    "FleetPlan",
    "FleetProgress",
    "OperationParts",
    "cancel",
    "first_failures",
    "get_operation",
    "is_started",
    "latest_operations",
    "may_cancel",
    "open_parts",
    "parts_of",
    "plan_validation",
    "progress_of_parts",
    "results_of",
    "retry_validation",
    "start",
    "work_on",
]
