"""The audit trail: every change is written down before it is made, and what came of it after.

`audited` is the only way to a permit, and without one `backend/errors.call` sends no AWS call that
changes anything. Rows are appended by one writer at a time; when one cannot be written,
AuditUnavailable is raised and nothing is changed.
"""

import hashlib
import hmac
import json
import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, transaction
from django.utils import timezone

from wizard.domain.changes import Permit, permitted
from wizard.domain.errors import AuditUnavailable, AwsError, ConsoleError, error_record
from wizard.domain.origins import current_origin
from wizard.domain.rules import NewRule, Rule
from wizard.domain.targets import Target
from wizard.models import AuditEvent, AuditHead, AuditOutcome, AuditPhase

logger = logging.getLogger("wizard.audit")

Facts = Mapping[str, Any] | None


@dataclass(slots=True, kw_only=True)
class Audited:
    """A change under way: `after` may be made more exact by whoever makes the change."""

    permit: Permit
    after: Facts = None


@contextmanager
def audited(
    action: str,
    *,
    subject: str,
    target: Target | None = None,
    before: Facts = None,
    after: Facts = None,
) -> Iterator[Audited]:
    """Write the intent, allow the change inside the block, write its result.

    `action` is AWS's operation or the console's own verb, `subject` what it is done to, `before`
    and `after` JSON-able facts without any credential. Raises AuditUnavailable, before the block
    runs, when the intent cannot be written.
    """
    event_id = uuid.uuid4()
    what: dict[str, Any] = {
        "event_id": event_id,
        "action": action,
        "subject": subject,
        "account_id": target.account_id if target else "",
        "region": target.region if target else "",
    }
    _append(phase=AuditPhase.INTENT, before=before, after=after, **what)
    with permitted(str(event_id)) as permit:
        change = Audited(permit=permit, after=after)
        try:
            yield change
        except Exception as error:
            _close(what, permit, outcome=AuditOutcome.FAILED, error=_error(error))
            raise
    _close(what, permit, outcome=AuditOutcome.SUCCEEDED, after=change.after)


def record_event(
    action: str,
    *,
    subject: str,
    outcome: AuditOutcome,
    target: Target | None = None,
    before: Facts = None,
    after: Facts = None,
) -> None:
    """Write down what changes nothing in AWS: a sign-in, a refusal, a change of grants.

    Raises AuditUnavailable.
    """
    _append(
        phase=AuditPhase.EVENT,
        event_id=uuid.uuid4(),
        action=action,
        subject=subject,
        account_id=target.account_id if target else "",
        region=target.region if target else "",
        outcome=outcome,
        before=before,
        after=after,
    )


def rule_facts(rule: Rule | NewRule) -> dict[str, Any]:
    """A rule as an audit row tells it: AWS's members in snake_case, without those not set."""
    return {name: value for name, value in asdict(rule).items() if value is not None}


def _close(what: Mapping[str, Any], permit: Permit, **result: Any) -> None:
    """Write the result. It has happened already, so a row that cannot be written stops nothing."""
    try:
        _append(phase=AuditPhase.RESULT, request_ids=list(permit.request_ids), **what, **result)
    except AuditUnavailable:
        logger.critical("No result could be written for the audited change %s", what["event_id"])


def _append(**columns: Any) -> None:
    origin = current_origin()
    for name in ("before", "after", "error"):
        columns[name] = _plain(columns.get(name))
    event = AuditEvent(
        happened_at=timezone.now(),
        user_id=origin.user_id,
        username=origin.username,
        address=origin.address,
        way=origin.way,
        **columns,
    )
    try:
        with transaction.atomic():
            head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
            event.sequence = head.sequence + 1
            event.seal = seal_of(event, previous=head.seal)
            event.save(force_insert=True)
            AuditHead.objects.filter(pk=1).update(sequence=event.sequence, seal=event.seal)
    except DatabaseError as error:
        raise AuditUnavailable from error
    logger.info("audit head %d %s", event.sequence, event.seal)


def _plain(facts: Facts) -> Any:
    """The facts as the JSON column will give them back, so that the seal is of what is kept."""
    return json.loads(json.dumps(facts, cls=DjangoJSONEncoder))


def seal_of(event: AuditEvent, *, previous: str) -> str:
    """The HMAC of a row and the seal before it."""
    columns = {
        field.attname: getattr(event, field.attname)
        for field in AuditEvent._meta.concrete_fields
        if field.attname != "seal"
    }
    text = json.dumps([previous, columns], sort_keys=True, default=str, separators=(",", ":"))
    return hmac.new(settings.AUDIT_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _error(error: Exception) -> dict[str, str]:
    if isinstance(error, AwsError):
        return error_record(error)
    # The text of an error that nobody foresaw may repeat anything.
    kind = type(error).__name__
    return {"kind": kind, "message": str(error) if isinstance(error, ConsoleError) else ""}
