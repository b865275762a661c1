"""Alerts: created with the result that causes them, delivered by e-mail, webhook and services.

Others import from this package only.
"""

from wizard.services.alerts.apprise_services import problems_of_services
from wizard.services.alerts.delivery import (
    configured_channels,
    deliver_alerts,
    has_due_alerts,
    latest_alerts,
    note_expiry,
    note_turn,
)

__all__ = [
    "configured_channels",
    "deliver_alerts",
    "has_due_alerts",
    "latest_alerts",
    "note_expiry",
    "note_turn",
    "problems_of_services",
]
