"""Deletions: rules that are deleted together, over Regions, with a row for each of them.

Views and background tasks import from this package only. Its modules depend on each other in this
order: `finding` and `reading`; `starting` and `deleting`; `running`; `settling`.
"""

from wizard.services.deletions.finding import (
    LeftSecrets,
    RuleName,
    Selection,
    find_rules,
    left_secrets,
)
from wizard.services.deletions.reading import (
    dead_deletions,
    find_deletion,
    get_deletion,
    newest_deletions,
    rules_of,
    unsettled_deletions,
)
from wizard.services.deletions.running import delete_all
from wizard.services.deletions.settling import retry, settle_dead
from wizard.services.deletions.starting import start

__all__ = [
    "LeftSecrets",
    "RuleName",
    "Selection",
    "dead_deletions",
    "delete_all",
    "find_deletion",
    "find_rules",
    "get_deletion",
    "left_secrets",
    "newest_deletions",
    "retry",
    "rules_of",
    "settle_dead",
    "start",
    "unsettled_deletions",
]
