"""Alerts as values, and the periods that decide when one is due."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from wizard.domain.regions import Target

# An older validation result is stale.
STALE_AFTER = timedelta(hours=24)
# How long before a token's expiry date people are warned.
WARN_BEFORE = timedelta(days=7)


class AlertKind(StrEnum):
    """The kinds of alerts."""

    FAILED = "failed"
    RECOVERED = "recovered"
    EXPIRING = "expiring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One alert. `reason` is AWS's message for a failure, `expires_on` the expiry date of a token.

    `id` is the same in each delivery, so that a receiver recognises one that is repeated. A notice
    contains nothing secret, because no credential is stored in the database.
    """

    id: str
    kind: AlertKind
    target: Target
    ecr_repository_prefix: str
    at: datetime
    reason: str = ""
    expires_on: date | None = None
