"""Lifecycle policies of repositories: what ECR deletes and archives by itself.

Sources: "Lifecycle policy properties in Amazon ECR" and "Lifecycle policy evaluation rules" in the
user guide. `policy` has the values, `reading` checks a JSON text, `presets` makes the usual ones,
`preview` has what ECR says that a policy would do.
"""

from wizard.domain.lifecycle.policy import (
    Action,
    CountType,
    LifecyclePolicy,
    LifecycleRule,
    StorageClass,
    TagStatus,
    without_effect,
)
from wizard.domain.lifecycle.presets import (
    LEAST_ARCHIVED_DAYS,
    MOST_COUNT,
    Keeping,
    Presets,
    presets_of,
)
from wizard.domain.lifecycle.preview import AffectedImage, LifecyclePreview, PreviewStatus
from wizard.domain.lifecycle.reading import MOST_CHARACTERS, Fault, FaultyPolicy, read_policy

__all__ = [
    "LEAST_ARCHIVED_DAYS",
    "MOST_CHARACTERS",
    "MOST_COUNT",
    "Action",
    "AffectedImage",
    "CountType",
    "Fault",
    "FaultyPolicy",
    "Keeping",
    "LifecyclePolicy",
    "LifecyclePreview",
    "LifecycleRule",
    "Presets",
    "PreviewStatus",
    "StorageClass",
    "TagStatus",
    "presets_of",
    "read_policy",
    "without_effect",
]
