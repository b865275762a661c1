"""What people are told of a rule when nobody is looking at the console."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from wizard.domain.regions import Target

# A result older than this says little about the rule as it is now.
STALE_AFTER = timedelta(hours=24)
# How long before a token's noted end people are warned.
WARN_BEFORE = timedelta(days=7)


class AlertKind(StrEnum):
    """What happened."""

    FAILED = "failed"
    RECOVERED = "recovered"
    EXPIRING = "expiring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One alert. `reason` is AWS's own words for a failure, `expires_on` the noted end of a token.

    It holds nothing that is secret: a credential never reaches the tables that it is made from.
    """

    kind: AlertKind
    target: Target
    ecr_repository_prefix: str
    at: datetime
    reason: str = ""
    expires_on: date | None = None
