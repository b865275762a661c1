"""Refusals in the audit trail: the first one is a row, its repetitions are one row with a count.

Refusals of the same person, for the same role at the same place, are counted for ten minutes. The
background worker then writes their number; so does the next refusal of anybody. A person has a
limited number of counts at a time; refusals at further places share one. First refusals that race
are a row each.
"""

from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from wizard.domain import Target
from wizard.domain.facts import plain_text
from wizard.domain.origins import Origin, Way, acting, current_origin
from wizard.models import AuditOutcome, RefusalCount
from wizard.services.audit.writing import record_event

COUNTED_FOR: Final = timedelta(minutes=10)
MOST_COUNTS: Final = 20
_ACTION: Final = "Access"
_SHORT: Final = 32


def record_refusal(*, subject: str, needed: str, place: str, target: Target | None) -> None:
    """Record or count a refusal of the current person. Raises AuditUnavailable."""
    close_refusals()
    key = _key(needed, target)
    if _count(key, subject):  # guard: D7
        return
    if RefusalCount.objects.filter(user_id=key["user_id"]).count() >= MOST_COUNTS:  # guard: D7
        key = key | {"needed": "", "account_id": "", "region": ""}
        if _count(key, subject):  # guard: D7
            return
    with transaction.atomic():
        origin = current_origin()
        RefusalCount.objects.get_or_create(
            **key,
            defaults={
                "username": origin.username,
                "address": origin.address,
                "way": origin.way.value,
                "place": plain_text(place, longest=100),
                "began_at": timezone.now(),
            },
        )
        record_event(
            _ACTION,
            subject=subject,
            outcome=AuditOutcome.REFUSED,
            target=target,
            after={"needed": needed, "place": place},
        )


def close_refusals() -> None:
    """Write the number of repetitions of each count whose time is over. Raises AuditUnavailable."""
    for row in RefusalCount.objects.filter(began_at__lte=timezone.now() - COUNTED_FOR):
        with transaction.atomic():
            # A refusal that is counted at the same time keeps the row for the next call.
            closed, _ = RefusalCount.objects.filter(pk=row.pk, repeats=row.repeats).delete()
            if closed and row.repeats:
                _record_repeats(row)


def _record_repeats(row: RefusalCount) -> None:
    origin = Origin(
        user_id=row.user_id or None, username=row.username, address=row.address, way=Way(row.way)
    )
    target = Target(account_id=row.account_id, region=row.region) if row.region else None
    facts = {
        "needed": row.needed,
        "place": row.place,
        "repeats": row.repeats,
        "since": row.began_at,
        "until": row.last_at,
    }
    with acting(origin):
        record_event(
            _ACTION,
            subject=row.last_subject,
            outcome=AuditOutcome.REFUSED,
            target=target,
            after=facts,
        )


def _key(needed: str, target: Target | None) -> dict[str, Any]:
    return {
        "user_id": current_origin().user_id or 0,
        "needed": needed[:_SHORT],
        "account_id": target.account_id if target else "",
        "region": target.region[:_SHORT] if target else "",
    }


def _count(key: dict[str, Any], subject: str) -> bool:
    """Count a repetition; False when none is counted at present."""
    rows = RefusalCount.objects.filter(**key)
    return bool(
        rows.update(
            repeats=F("repeats") + 1,
            last_at=timezone.now(),
            last_subject=plain_text(subject, longest=700),
        )
    )
