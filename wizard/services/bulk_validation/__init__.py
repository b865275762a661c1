"""Bulk validations: many rules validated in the background, each exactly once.

Views, schedules and background tasks import from this package only. The items of a bulk
validation are rows: they wait, are claimed one by one, and end with a result or an error.
`starting`, `reading`, `results` and `running` depend on `items` and `leases`.
"""

from wizard.services.bulk_validation.leases import list_free
from wizard.services.bulk_validation.reading import (
    OpenRules,
    Progress,
    ended_items,
    get_bulk_validation,
    latest_bulk_validations,
    open_rules,
    progress_of,
)
from wizard.services.bulk_validation.results import (
    ResultQuery,
    ResultStatus,
    failed_items,
    failed_selections,
    find_results,
)
from wizard.services.bulk_validation.running import run_bulk_validation
from wizard.services.bulk_validation.scopes import Scope, scopes_of
from wizard.services.bulk_validation.starting import (
    RuleSelection,
    cancel_bulk_validation,
    may_cancel,
    start_bulk_validation,
)

__all__ = [
    "OpenRules",
    "Progress",
    "ResultQuery",
    "ResultStatus",
    "RuleSelection",
    "Scope",
    "cancel_bulk_validation",
    "ended_items",
    "failed_items",
    "failed_selections",
    "find_results",
    "get_bulk_validation",
    "latest_bulk_validations",
    "list_free",
    "may_cancel",
    "open_rules",
    "progress_of",
    "run_bulk_validation",
    "scopes_of",
    "start_bulk_validation",
]
