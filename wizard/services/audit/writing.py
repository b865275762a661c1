"""Writing the audit trail: the intent before a change (write-ahead), the result after it.

Only `audited` opens a permit, and `backend/calls.py` sends no changing AWS call without one. When a
row cannot be written, AuditUnavailable is raised and nothing is changed in AWS.
"""

import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

from wizard.domain import NewRule, Rule, Target
from wizard.domain.chain import NEWEST_FORM
from wizard.domain.changes import Permit, permitted
from wizard.domain.errors import (
    AuditUnavailable,
    AwsError,
    ConsoleError,
    error_record,
    is_answer_lost,
)
from wizard.domain.facts import CredentialInFacts, plain_facts, plain_text
from wizard.domain.origins import current_origin
from wizard.models import AuditEvent, AuditOutcome, AuditPhase, OpenChange
from wizard.services.audit.appending import Alongside, append

logger = logging.getLogger("wizard.audit")

_LONGEST: Final = {
    field.name: field.max_length for field in AuditEvent._meta.concrete_fields if field.max_length
}

Facts = Mapping[str, Any] | None


@dataclass(slots=True, kw_only=True)
class Audited:
    """A running change. The code that makes it may set a more exact `after`.

    `alongside` writes rows of that code in the transaction of the result.
    """

    permit: Permit
    after: Facts = None
    alongside: Alongside | None = None


@contextmanager
def audited(
    action: str,
    *,
    subject: str,
    target: Target | None = None,
    before: Facts = None,
    after: Facts = None,
    alongside: Alongside | None = None,
    event_id: uuid.UUID | None = None,
) -> Iterator[Audited]:
    """Write the intent, permit the change inside the block, write its result.

    `action` is the AWS operation or the console's own verb, `subject` its object, `before` and
    `after` are facts without credentials. `alongside` writes rows of the caller in the transaction
    of the intent (see `append`); they can contain the `event_id` that the caller chose. Raises
    AuditUnavailable before the block runs if the intent cannot be written. Raises RuntimeError
    inside a transaction, whose rollback would remove the intent of a change that was made.
    """
    what = _what(action, subject, target, event_id)
    intent = _event(phase=AuditPhase.INTENT, before=before, after=after, **what)
    append(intent, durable=True, alongside=alongside)  # guard: D1
    with permitted(str(what["event_id"])) as permit:
        change = Audited(permit=permit, after=after)
        try:
            yield change
        except Exception as error:
            _close(what, change, outcome=_outcome(error), error=_error(error))
            raise
    done = None if change.after == after else change.after
    _close(what, change, outcome=AuditOutcome.SUCCEEDED, after=done)


def record_event(
    action: str,
    *,
    subject: str,
    outcome: AuditOutcome,
    target: Target | None = None,
    before: Facts = None,
    after: Facts = None,
) -> None:
    """Write an event that changes nothing in AWS: a sign-in, a refusal, a change of grants.

    Called in the transaction of a change to the console's own rows, both are atomic. Call it last
    there, because it holds the lock on the head until the transaction ends. Raises
    AuditUnavailable.
    """
    event = console_event(
        action, subject=subject, outcome=outcome, target=target, before=before, after=after
    )
    append(event, durable=False)


def console_event(
    action: str, *, subject: str, outcome: AuditOutcome, target: Target | None = None, **facts: Any
) -> AuditEvent:
    """Return the row of an event without sequence and seal; `facts` are `before` and `after`."""
    what = _what(action, subject, target)
    return _event(phase=AuditPhase.EVENT, outcome=outcome, **facts, **what)


def close_cut_off(action: str, *, target: Target, subject: str, outcome: AuditOutcome) -> None:
    """Write the result of a change that was cut off, as later found in AWS.

    Does nothing when no such change is open.
    """
    intents = AuditEvent.objects.filter(
        event_id__in=OpenChange.objects.values("event_id"),
        phase=AuditPhase.INTENT,
        action=action,
        subject=subject,
        account_id=target.account_id,
        region=target.region,
    )
    for intent in intents:
        what = _what(action, subject, target) | {"event_id": intent.event_id}
        after = {**(intent.after or {}), "found_afterwards": True}
        result = _event(phase=AuditPhase.RESULT, outcome=outcome, after=after, **what)
        append(result, durable=False)


class _AlreadyClosed(Exception):
    """Another process has written the result of the change."""


def close_intent(intent: AuditEvent, *, outcome: AuditOutcome) -> bool:
    """Write the result of a change that was cut off; False if it has one by now."""
    target = Target(account_id=intent.account_id, region=intent.region)
    what = _what(intent.action, intent.subject, target) | {"event_id": intent.event_id}
    after = {**(intent.after or {}), "found_afterwards": True}
    result = _event(phase=AuditPhase.RESULT, outcome=outcome, after=after, **what)

    def check() -> None:
        if not OpenChange.objects.filter(event_id=intent.event_id).exists():
            raise _AlreadyClosed

    try:
        append(result, durable=True, alongside=check)  # guard: F7
    except _AlreadyClosed:
        return False
    return True


def rule_facts(rule: Rule | NewRule) -> dict[str, Any]:
    """Return a rule as facts: AWS's members in snake_case, without those not set."""
    return {name: value for name, value in asdict(rule).items() if value is not None}


def _what(
    action: str, subject: str, target: Target | None, event_id: uuid.UUID | None = None
) -> dict[str, Any]:
    return {
        "event_id": event_id or uuid.uuid4(),
        "action": action,
        "subject": subject,
        "account_id": target.account_id if target else "",
        "region": target.region if target else "",
    }


def _close(what: Mapping[str, Any], change: Audited, **result: Any) -> None:
    """Write the result. Failing to do so is logged only, because the change was already made."""
    result |= {"phase": AuditPhase.RESULT, "request_ids": list(change.permit.request_ids)}
    try:
        append(_event(**what, **result), durable=True, alongside=change.alongside)
    except CredentialInFacts as error:
        logger.critical("The change %s has facts with a credential: %s", what["event_id"], error)
        _close(what, change, outcome=result["outcome"])
    except AuditUnavailable:
        logger.critical("No result could be written for the audited change %s", what["event_id"])
        if change.alongside is not None:
            change.alongside()


def _event(**columns: Any) -> AuditEvent:
    """Return the row without sequence and seal, normalised to what every database returns."""
    origin = current_origin()
    columns |= {
        "user_id": origin.user_id,
        "username": origin.username,
        "address": origin.address,
        "way": origin.way.value,
    }
    for name in ("before", "after", "error"):
        columns[name] = plain_facts(columns.get(name))
    columns["request_ids"] = plain_facts(columns.get("request_ids", []))
    for name in ("username", "address", "action", "account_id", "region", "subject"):
        columns[name] = plain_text(columns[name], longest=_LONGEST[name])
    return AuditEvent(form=NEWEST_FORM, **columns)


def _outcome(error: Exception) -> AuditOutcome:
    """Of a change that ended with this error: it failed, or AWS may have made it."""
    if isinstance(error, AwsError) and is_answer_lost(error):  # guard: F12
        return AuditOutcome.UNKNOWN
    return AuditOutcome.FAILED


def _error(error: Exception) -> dict[str, str]:
    if isinstance(error, AwsError):
        return error_record(error)
    # The text of an unexpected error may contain a credential.
    kind = type(error).__name__
    return {"kind": kind, "message": str(error) if isinstance(error, ConsoleError) else ""}
