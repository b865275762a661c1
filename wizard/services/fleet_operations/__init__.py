"""Operations over many accounts: the same work in each, with a part for each account.

A part is carried out by what does the work in one account: a bulk validation, a rotation, or the
operations of an import. So claims, leases, audit trail and recovery are its own. This package knows
the plan, who works on which part, and what failed. Its modules depend on each other in this order:
`planning`, `creation_plans`, `change_plans`, `rotation_plans`, `part_results` and `sealed_values`;
`settling`; `import_progress`, `rotation_results` and `rotation_choice`; `rotation_ends`;
`import_parts`, `named_secrets` and `region_changes`; `validating`, `creating`, `replacing` and
`rotating`; `verbs`; `running`; `results` and `reading`; `starting`; `cancelling`; `failures`;
`retrying` and `rotation_retries`.
"""

from wizard.services.fleet_operations.cancelling import cancel, may_cancel
from wizard.services.fleet_operations.change_plans import (
    MOST_CHANGED,
    ChangeFinding,
    ChangeInAccount,
    ChangePlan,
    plan_change,
)
from wizard.services.fleet_operations.creating import asked_for, makes_secrets, rules_of
from wizard.services.fleet_operations.creation_plans import (
    CreationInAccount,
    CreationPlan,
    Finding,
    copied_rules,
    plan_creation,
)
from wizard.services.fleet_operations.failures import failed_rules
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
    PartFailure,
    first_failures,
    get_operation,
    is_started,
    latest_operations,
    parts_of,
    progress_of_parts,
)
from wizard.services.fleet_operations.replacing import asked_to_change, deletes_rules
from wizard.services.fleet_operations.results import results_of
from wizard.services.fleet_operations.retrying import retry
from wizard.services.fleet_operations.rotation_plans import (
    PlannedSecret,
    asked_for_rotation,
    plan_rotation,
    upstream_asked_for,
)
from wizard.services.fleet_operations.rotation_retries import plan_retry, rotates
from wizard.services.fleet_operations.running import open_parts, work_on
from wizard.services.fleet_operations.starting import start

__all__ = [
    "MOST_ACCOUNTS",
    "MOST_CHANGED",
    "MOST_RULES",
    "AccountPlan",
    "ChangeFinding",
    "ChangeInAccount",
    "ChangePlan",
    "CreationInAccount",
    "CreationPlan",
    "Finding",
    "FleetPlan",
    "FleetProgress",
    "OperationParts",
    "PartFailure",
    "PlannedSecret",
    "asked_for",
    "asked_for_rotation",
    "asked_to_change",
    "cancel",
    "copied_rules",
    "deletes_rules",
    "failed_rules",
    "first_failures",
    "get_operation",
    "is_started",
    "latest_operations",
    "makes_secrets",
    "may_cancel",
    "open_parts",
    "parts_of",
    "plan_change",
    "plan_creation",
    "plan_retry",
    "plan_rotation",
    "plan_validation",
    "progress_of_parts",
    "results_of",
    "retry",
    "rotates",
    "rules_of",
    "start",
    "upstream_asked_for",
    "work_on",
]
