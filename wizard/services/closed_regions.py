"""Regions that are closed to an account: found when all Regions are asked, and asked rarely then.

The list of rules decides, because no page of a Region has anything to show without it. A Region is
closed if a service control policy denies this call there, or if it has to be enabled and does not
accept credentials that another Region accepts. A missing permission, an outage or a Region that
does not answer close nothing. It is open again as soon as its list is read (`last_known`).
"""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from wizard.domain import Region, Target
from wizard.domain.errors import (
    AccessDenied,
    AwsError,
    CredentialsNotValidInRegion,
    DeniedByOrganization,
    error_record,
)
from wizard.models import ClosedRegion, ClosingReason, RegionReading
from wizard.services.counted_regions import note_regions
from wizard.services.fanout import RegionAnswer
from wizard.services.rule_numbers import in_places

# After this time, a closed Region is asked together with the others once more.
ASK_AFTER: Final = timedelta(hours=6)

logger = logging.getLogger(__name__)


def closed_regions(*, account_id: str) -> list[ClosedRegion]:
    """Return the Regions that are closed to an account."""
    return list(ClosedRegion.objects.filter(account_id=account_id))


def is_due(row: ClosedRegion) -> bool:
    """Whether a closed Region is to be asked again."""
    return timezone.now() - row.checked_at >= ASK_AFTER


def regions_to_ask(*, account_id: str, regions: Collection[Region]) -> list[Target]:
    """Return those of the Regions that background work asks: not closed ones before they are due.

    If all are closed, all are asked: what is refused everywhere is no matter of Regions.
    """
    left_out = {row.region for row in closed_regions(account_id=account_id) if not is_due(row)}
    asked = [region for region in regions if region.code not in left_out] or regions
    return [Target(account_id=account_id, region=region.code) for region in asked]


def note_refusals(answers: Collection[RegionAnswer[object]], *, asked_at: datetime) -> None:
    """Note the Regions that refused, and were asked at this time; a failure is only logged.

    The other answers show whether AWS accepts the credentials at all.
    """
    refused = {each.target: each.error for each in answers if each.error is not None}
    if not refused:
        return
    try:
        _note(refused, answers, asked_at)
    except (DatabaseError, InterfaceError):
        logger.exception("The closed Regions could not be noted")


def _note(
    refused: dict[Target, AwsError], answers: Iterable[RegionAnswer[object]], asked_at: datetime
) -> None:
    accepted = {each.target.account_id for each in answers if _is_accepted(each)}
    found = {
        target: reason
        for target, error in refused.items()
        if (reason := _reason_of(error, is_accepted=target.account_id in accepted))
    }
    # Whatever it answered, it was asked, and not every page is to wait for it.
    asked_in_vain = ClosedRegion.objects.filter(in_places(refused))
    known = {Target(account_id=each.account_id, region=each.region) for each in asked_in_vain}
    if known:
        asked_in_vain.filter(checked_at__lt=asked_at).update(checked_at=asked_at)
    if not found:
        return
    read_since = RegionReading.objects.filter(in_places(found), read_at__gte=asked_at)
    opened = {Target(account_id=each.account_id, region=each.region) for each in read_since}
    ClosedRegion.objects.bulk_create(
        [
            ClosedRegion(
                account_id=target.account_id,
                region=target.region,
                reason=reason,
                since=asked_at,
                checked_at=asked_at,
                error_record=error_record(refused[target]),
            )
            # In one order, so that concurrent writers cannot deadlock.
            for target, reason in sorted(found.items())
            if target not in opened
        ],
        update_conflicts=True,
        unique_fields=["account_id", "region"],
        # `since` stays that of the first refusal.
        update_fields=["reason", "checked_at", "error_record"],
    )
    note_regions({target.account_id for target in found if target not in known})


def _reason_of(error: AwsError, *, is_accepted: bool) -> ClosingReason | None:
    if isinstance(error, DeniedByOrganization):
        return ClosingReason.POLICY
    if isinstance(error, CredentialsNotValidInRegion) and is_accepted:
        return ClosingReason.NOT_ENABLED
    return None


def _is_accepted(answer: RegionAnswer[object]) -> bool:
    """Whether AWS accepted the credentials: it answered, or refused the action only."""
    return answer.error is None or type(answer.error) in (AccessDenied, DeniedByOrganization)
