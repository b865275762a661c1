"""Alerts as values: what they say, when one is due, and the addresses of Apprise's services."""

import re
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


class DeliveryFailed(Exception):
    """A channel did not deliver an alert. The text is the reason and contains nothing secret."""


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


# An address can contain a comma: one that separates two is followed by a scheme.
_SEPARATOR = re.compile(r"[\s,]+(?=[a-z0-9]+://)|\s+", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z0-9]+)://", re.IGNORECASE)


def split_addresses(text: str) -> list[str]:
    """Return the addresses of a text, in which blanks, line breaks or commas separate them."""
    return [address for address in _SEPARATOR.split(text.strip(" \t\r\n,")) if address]


def scheme_of(address: str) -> str:
    """Return the scheme of an address, such as `slack`; empty if it has none."""
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""
