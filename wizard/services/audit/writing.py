"""Writing the audit trail: the intent before a change (write-ahead), the result after it.

Only `audited` opens a permit, and `backend/calls.py` sends no changing AWS call without one.
Writers are serialised by a lock on the head row. When a row cannot be written, AuditUnavailable is
raised and nothing is changed in AWS.
"""

import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone

from wizard.domain import NewRule, Rule, Target
from wizard.domain.chain import NEWEST_FORM, SEALED, Keyring, NoKey, parse_keyring
from wizard.domain.changes import Permit, permitted
from wizard.domain.errors import AuditUnavailable, AwsError, ConsoleError, error_record
from wizard.domain.facts import CredentialInFacts, plain_facts, plain_text
from wizard.domain.origins import current_origin
from wizard.models import AuditEvent, AuditHead, AuditOutcome, AuditPhase, OpenChange

logger = logging.getLogger("wizard.audit")

# How long a writer waits for the lock; SQLite's timeout in the settings is the same.
WAIT_SECONDS: Final = 20

_LONGEST: Final = {
    field.name: field.max_length for field in AuditEvent._meta.concrete_fields if field.max_length
}

Facts = Mapping[str, Any] | None


@dataclass(slots=True, kw_only=True)
class Audited:
    """A running change; the code that makes it may set a more exact `after`."""

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
    """Write the intent, permit the change inside the block, write its result.

    `action` is the AWS operation or the console's own verb, `subject` its object, `before` and
    `after` are facts without credentials. Raises AuditUnavailable before the block runs if the
    intent cannot be written. Raises RuntimeError inside a transaction, whose rollback would remove
    the intent of a change that was made.
    """
    what = _what(action, subject, target)
    _append(durable=True, phase=AuditPhase.INTENT, before=before, after=after, **what)  # guard: D1
    with permitted(str(what["event_id"])) as permit:
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
    """Write an event that changes nothing in AWS: a sign-in, a refusal, a change of grants.

    Called in the transaction of a change to the console's own rows, both are atomic. Call it last
    there, because it holds the lock on the head until the transaction ends. Raises
    AuditUnavailable.
    """
    _append(
        durable=False,
        phase=AuditPhase.EVENT,
        outcome=outcome,
        before=before,
        after=after,
        **_what(action, subject, target),
    )


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
        _append(durable=False, phase=AuditPhase.RESULT, outcome=outcome, after=after, **what)


def rule_facts(rule: Rule | NewRule) -> dict[str, Any]:
    """Return a rule as facts: AWS's members in snake_case, without those not set."""
    return {name: value for name, value in asdict(rule).items() if value is not None}


def keyring() -> Keyring:
    """Return the keys of AUDIT_KEY: the first one seals, all of them verify."""
    return parse_keyring(settings.AUDIT_KEY)


def sealed_columns(event: AuditEvent) -> dict[str, Any]:
    """Return the columns of a row that its seal covers."""
    return {name: getattr(event, name) for name in SEALED[event.form]}


def _what(action: str, subject: str, target: Target | None) -> dict[str, Any]:
    return {
        "event_id": uuid.uuid4(),
        "action": action,
        "subject": subject,
        "account_id": target.account_id if target else "",
        "region": target.region if target else "",
    }


def _close(what: Mapping[str, Any], permit: Permit, **result: Any) -> None:
    """Write the result. Failing to do so is logged only, because the change was already made."""
    result |= {"phase": AuditPhase.RESULT, "request_ids": list(permit.request_ids)}
    try:
        _append(durable=True, **what, **result)
    except CredentialInFacts as error:
        logger.critical("The change %s has facts with a credential: %s", what["event_id"], error)
        _close(what, permit, outcome=result["outcome"])
    except AuditUnavailable:
        logger.critical("No result could be written for the audited change %s", what["event_id"])


def _append(*, durable: bool, **columns: Any) -> None:
    """Append a row to the chain and advance the head."""
    event = _event(**columns)
    try:
        with transaction.atomic(durable=durable):
            head = _locked_head()
            event.sequence, event.happened_at = head.sequence + 1, timezone.now()
            _seal(event, previous=head.seal)
            event.save()
            _keep_open_changes(event)
            AuditHead.objects.filter(pk=1).update(sequence=event.sequence, seal=event.seal)
            # After the commit only: verify_audit compares the trail with the logged heads.
            transaction.on_commit(partial(_log_head, event.sequence, event.seal))
    except (DatabaseError, InterfaceError, NoKey) as error:
        raise AuditUnavailable from error


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


def _locked_head() -> AuditHead:
    """Return the head, locked until the transaction ends.

    On SQLite, transactions are IMMEDIATE, so there is one writer only.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
    return head


def _seal(event: AuditEvent, *, previous: str) -> None:
    keys = keyring()
    event.key_id = keys.sealing_id
    event.seal = keys.seal(sealed_columns(event), form=event.form, previous=previous)


def _keep_open_changes(event: AuditEvent) -> None:
    if event.phase == AuditPhase.INTENT:
        OpenChange.objects.create(event_id=event.event_id, sequence=event.sequence)
    elif event.phase == AuditPhase.RESULT:
        OpenChange.objects.filter(event_id=event.event_id).delete()


def _log_head(sequence: int, seal: str) -> None:
    logger.info("audit head %d %s", sequence, seal)


def _error(error: Exception) -> dict[str, str]:
    if isinstance(error, AwsError):
        return error_record(error)
    # The text of an unexpected error may contain a credential.
    kind = type(error).__name__
    return {"kind": kind, "message": str(error) if isinstance(error, ConsoleError) else ""}
