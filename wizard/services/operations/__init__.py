"""Operations: what a confirmed wizard changes in AWS, Region by Region, exactly once.

Views and background tasks import from this package only. Its modules depend on each other in this
order: `leases` and `calls`; `journal`, `lookups` and `plans`; `secret_steps`, `rule_steps`,
`template_steps`, `claims` and `importing`; `running`, `replicas` and `comparing`; `batches` and
`import_work`; `confirming` and `recovery`; `taking_over`.
"""

from wizard.services.operations.batches import can_retry, needs_credential, retry_failed
from wizard.services.operations.calls import repeat_call
from wizard.services.operations.comparing import Comparison, compare, note_secrets
from wizard.services.operations.confirming import (
    AlreadyConfirmed,
    Confirmed,
    ReviewAgain,
    StepOpen,
    confirm,
    reviewed,
)
from wizard.services.operations.import_work import run_import, state_of_import
from wizard.services.operations.importing import (
    begin_import,
    import_of,
    imported_rules,
    operations_of_import,
    repeat_import,
)
from wizard.services.operations.lookups import (
    MOST_LISTED,
    get_operation,
    has_lost_rule,
    has_unsettled,
    interrupted_operations,
    list_batches,
    lost_rules,
    operations_of,
    operations_of_draft,
    orphans,
    settled_operation,
)
from wizard.services.operations.plans import (
    PlanState,
    RegionPlan,
    asks_for_credential,
    is_done_at_home,
    own_plan,
    plans_of,
)
from wizard.services.operations.recovery import (
    clean_up,
    compare_all,
    complete,
    complete_all,
    complete_import,
)
from wizard.services.operations.replicas import check_regions
from wizard.services.operations.running import due_operations, go_on, waiting_operations
from wizard.services.operations.secret_steps import discard_secret
from wizard.services.operations.taking_over import dead_operations, go_on_dead

__all__ = [
    "MOST_LISTED",
    "AlreadyConfirmed",
    "Comparison",
    "Confirmed",
    "PlanState",
    "RegionPlan",
    "ReviewAgain",
    "StepOpen",
    "asks_for_credential",
    "begin_import",
    "can_retry",
    "check_regions",
    "clean_up",
    "compare",
    "compare_all",
    "complete",
    "complete_all",
    "complete_import",
    "confirm",
    "dead_operations",
    "discard_secret",
    "due_operations",
    "get_operation",
    "go_on",
    "go_on_dead",
    "has_lost_rule",
    "has_unsettled",
    "import_of",
    "imported_rules",
    "interrupted_operations",
    "is_done_at_home",
    "list_batches",
    "lost_rules",
    "needs_credential",
    "note_secrets",
    "operations_of",
    "operations_of_draft",
    "operations_of_import",
    "orphans",
    "own_plan",
    "plans_of",
    "repeat_call",
    "repeat_import",
    "retry_failed",
    "reviewed",
    "run_import",
    "settled_operation",
    "state_of_import",
    "waiting_operations",
]
