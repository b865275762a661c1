"""What an API token may be used for. Its owner's grants limit it further."""

from enum import StrEnum
from typing import Final

DEFAULT_DAYS: Final = 90
MOST_DAYS: Final = 365


class Scope(StrEnum):
    """A scope of API tokens."""

    RULES_READ = "rules:read"
    RULES_VALIDATE = "rules:validate"
    AUDIT_READ = "audit:read"
