"""Alerts are rows first and delivered later, once by each channel.

The row is written in the transaction of its cause. The background worker delivers it and retries,
so that no request waits for a mail server.
"""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from wizard.domain import Target
from wizard.domain.alerts import AlertKind, Notice
from wizard.models import Alert, AlertDelivery, ValidationResult
from wizard.services.alerts import channels
from wizard.services.alerts.channels import DeliveryFailed

# Older alerts are not sent any more; the health page shows them as undelivered.
WORTH_SENDING: Final = timedelta(days=1)
MOST_ATTEMPTS: Final = 5
BETWEEN_ATTEMPTS: Final = timedelta(minutes=5)

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


def deliver_alerts(*, now: Callable[[], datetime] = timezone.now) -> int:
    """Deliver pending alerts; return how many were sent. Failed deliveries are recorded only."""
    configured = channels.configured()
    recent = Alert.objects.filter(created_at__gt=now() - WORTH_SENDING).order_by("pk")
    sent = [
        _deliver(alert, channel, send, now)
        for alert in recent
        for channel, send in configured.items()
    ]
    return sum(sent)


def has_new_alerts() -> bool:
    """Whether there is an alert without any attempt to deliver it."""
    if not channels.configured():
        return False
    recent = Alert.objects.filter(created_at__gt=timezone.now() - WORTH_SENDING)
    return recent.filter(deliveries__isnull=True).exists()


def next_attempt() -> datetime | None:
    """Return when the next failed delivery is retried, or None."""
    failed = AlertDelivery.objects.filter(
        delivered_at__isnull=True,
        attempts__lt=MOST_ATTEMPTS,
        channel__in=channels.configured(),
        alert__created_at__gt=timezone.now() - WORTH_SENDING,
    )
    last = failed.exclude(attempted_at=None).order_by("attempted_at").first()
    return last.attempted_at + BETWEEN_ATTEMPTS if last and last.attempted_at else None


def _deliver(
    alert: Alert, channel: str, send: Callable[[Notice], None], now: Callable[[], datetime]
) -> bool:
    delivery, _ = AlertDelivery.objects.get_or_create(alert=alert, channel=channel)
    if not _claim(delivery, now()):
        return False
    try:
        send(alert.notice)
    except DeliveryFailed as failure:
        logger.warning("An alert was not delivered by %s: %s", channel, failure)
        AlertDelivery.objects.filter(pk=delivery.pk).update(failure=str(failure))
        return False
    AlertDelivery.objects.filter(pk=delivery.pk).update(delivered_at=now(), failure="")
    return True


def _claim(delivery: AlertDelivery, now: datetime) -> bool:
    """Claim the next attempt atomically; False when a concurrent worker has it."""
    is_time = Q(attempted_at__isnull=True) | Q(attempted_at__lte=now - BETWEEN_ATTEMPTS)
    open_ones = AlertDelivery.objects.filter(
        is_time, pk=delivery.pk, delivered_at__isnull=True, attempts__lt=MOST_ATTEMPTS
    )
    return open_ones.update(attempts=delivery.attempts + 1, attempted_at=now) == 1
