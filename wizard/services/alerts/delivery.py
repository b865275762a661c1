"""Alerts are rows first and delivered later, once by each channel.

The row is written in the transaction of its cause. The background worker delivers it, so that no
request waits for a mail server. A failed delivery is repeated with growing pauses for a day. A
delivery is also repeated when the worker was killed before it recorded the success: each carries
the alert's ID, by which a receiver recognises it.
"""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from wizard.domain import Target
from wizard.domain.alerts import AlertKind, DeliveryFailed, Notice
from wizard.models import Alert, AlertDelivery, ValidationResult
from wizard.services.alerts import channels

# Older alerts are not sent any more; the health page shows them as undelivered.
WORTH_SENDING: Final = timedelta(days=1)
# The pause after the first failed attempt. It doubles with each further one, up to the longest.
FIRST_PAUSE: Final = timedelta(minutes=5)
LONGEST_PAUSE: Final = timedelta(hours=2)

logger = logging.getLogger(__name__)


def note_turn(*, before: ValidationResult | None, after: ValidationResult) -> Alert | None:
    """Create an alert when a rule changed between valid and failed; not for its first result."""
    if before is None or before.is_valid == after.is_valid:
        return None
    return Alert.objects.create(
        account_id=after.account_id,
        region=after.region,
        ecr_repository_prefix=after.ecr_repository_prefix,
        kind=AlertKind.RECOVERED if after.is_valid else AlertKind.FAILED,
        reason=after.failure,
    )


def note_expiry(*, target: Target, ecr_repository_prefix: str, expires_on: date) -> Alert:
    """Create an alert for a token that expires soon."""
    return Alert.objects.create(
        account_id=target.account_id,
        region=target.region,
        ecr_repository_prefix=ecr_repository_prefix,
        kind=AlertKind.EXPIRING,
        expires_on=expires_on,
    )


def latest_alerts(
    *, target: Target, ecr_repository_prefix: str = "", most: int = 20
) -> list[Alert]:
    """Return the last alerts of a rule, or of a Region without a prefix, with their deliveries."""
    found = Alert.objects.filter(account_id=target.account_id, region=target.region)
    if ecr_repository_prefix:
        found = found.filter(ecr_repository_prefix=ecr_repository_prefix)
    return list(found.prefetch_related("deliveries")[:most])


def configured_channels() -> list[str]:
    """Return the names of the configured channels."""
    return list(channels.configured())


def deliver_alerts(
    *, now: Callable[[], datetime] = timezone.now, is_stopping: Callable[[], bool] = lambda: False
) -> int:
    """Deliver pending alerts; return how many were sent. Failed deliveries are recorded only.

    When the worker stops, the delivery under way is finished and recorded, and no other is begun.
    """
    configured = channels.configured()
    sent = [
        _deliver(alert, channel, send, now)
        for alert in _worth_sending(now()).order_by("pk")
        for channel, send in configured.items()
        if not is_stopping()  # guard: B10
    ]
    return sum(sent)


def has_due_alerts(*, now: Callable[[], datetime] = timezone.now) -> bool:
    """Whether an alert is to be delivered now by one of the configured channels."""
    return any(
        _worth_sending(now()).exclude(Exists(_settled(channel, now()))).exists()
        for channel in channels.configured()
    )


def _worth_sending(now: datetime) -> "QuerySet[Alert]":
    return Alert.objects.filter(created_at__gt=now - WORTH_SENDING)


def _settled(channel: str, now: datetime) -> "QuerySet[AlertDelivery]":
    """The deliveries of an alert by this channel that succeeded, or whose time has not come."""
    is_settled = Q(delivered_at__isnull=False) | Q(retry_at__gt=now)
    return AlertDelivery.objects.filter(is_settled, alert=OuterRef("pk"), channel=channel)


def _deliver(
    alert: Alert, channel: str, send: Callable[[Notice], None], now: Callable[[], datetime]
) -> bool:
    delivery, _ = AlertDelivery.objects.get_or_create(alert=alert, channel=channel)
    if not _claim(delivery, now()):
        return False
    failure = _failure(alert, channel, send)
    delivered_at = None if failure else now()
    AlertDelivery.objects.filter(pk=delivery.pk).update(delivered_at=delivered_at, failure=failure)
    return not failure


def _failure(alert: Alert, channel: str, send: Callable[[Notice], None]) -> str:
    """Send the alert; return why it failed, or an empty text."""
    try:
        send(alert.notice)
    except DeliveryFailed as failure:
        logger.warning("An alert was not delivered by %s: %s", channel, failure)
        return str(failure)
    except Exception as error:  # noqa: BLE001 - the other alerts go on  # guard: B5
        # Without its text and traceback: they may contain the address of the webhook.
        logger.error("An alert was not delivered by %s: %s", channel, type(error).__name__)
        return type(error).__name__
    return ""


def _claim(delivery: AlertDelivery, now: datetime) -> bool:
    """Claim the next attempt atomically; False when it is not due or a concurrent worker has it."""
    is_due = Q(retry_at__isnull=True) | Q(retry_at__lte=now)
    due = AlertDelivery.objects.filter(
        is_due, pk=delivery.pk, delivered_at__isnull=True, attempts=delivery.attempts
    )
    pause = min(FIRST_PAUSE * 2**delivery.attempts, LONGEST_PAUSE)
    columns = {"attempts": delivery.attempts + 1, "attempted_at": now, "retry_at": now + pause}
    return due.update(**columns) == 1
