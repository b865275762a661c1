"""Which topic of the help belongs to which page.

A page without an entry has the topic of its area in the side navigation.
"""

from collections.abc import Mapping
from typing import Final

from wizard.web import frame

# By the navigation entry of the page.
_TOPIC_OF_AREA: Final[Mapping[str, str]] = {
    "rule-list": "rules",
    "rule-overview": "all-regions",
    "fleet-rules": "fleet",
    "secret-list": "secrets",
    "region-repositories": "repositories",
    "template-list": "templates",
    "region-health": "health",
    "bulk-validation-create": "bulk-validations",
    "operation-list": "operations",
    "file-convert": "converting",
    "exclusion-list": "last-pull",
    "permission-list": "aws-permissions",
    "account": "account",
    "account-list": "accounts",
    "people": "people",
    "audit": "audit",
}

# By the name of the page in the URLconf, where it is not that of its area.
_TOPIC_OF_PAGE: Final[Mapping[str, str]] = {
    "account-regions": "regions",
    "fleet-validate": "fleet-operations",
    "fleet-create": "fleet-operations",
    "fleet-rotate": "fleet-rotation",
    "fleet-replace": "fleet-operations",
    "fleet-operation-list": "fleet-operations",
    "fleet-operation-detail": "fleet-operations",
    "rule-detail": "rule",
    "client-configuration": "pulling",
    "lifecycle-preview-create": "lifecycle",
    "lifecycle-preview-detail": "lifecycle",
    "rule-edit": "changes",
    "rule-delete": "changes",
    "rules-delete": "changes",
    "secret-replace-value": "tokens",
    "rotation-list": "tokens",
    "rotation-create": "tokens",
    "rotation-detail": "tokens",
    "draft-cancel": "drafts",
    "api-token-create": "api-tokens",
    "cleanup-create": "clean-up",
    "cleanup-detail": "clean-up",
    "image-fetch-again": "clean-up",
    "rule-import": "import",
    "import-apply": "import",
    "import-detail": "import",
    "image-bypass": "bypass",
    "table-preferences": "account",
    "search": "keys",
    "account-switch": "fleet",
    "help": "keys",
    "help-topic": "keys",
}

# By the step of the wizard.
_TOPIC_OF_STEP: Final[Mapping[str, str]] = {
    "source": "source",
    "upstream": "source",
    "authentication": "authentication",
    "permissions": "permissions",
    "destination": "destination",
    "namespaces": "namespaces",
    "review": "review",
}


def topic_of(page: str, step: str = "") -> str:
    """Return the topic of the page with this name, or of the step of the wizard."""
    if step in _TOPIC_OF_STEP:
        return _TOPIC_OF_STEP[step]
    return _TOPIC_OF_PAGE.get(page) or _TOPIC_OF_AREA.get(frame.area_of(page), "rules")
