"""Pruning the audit trail: the oldest rows go, up to a sealed checkpoint.

The checkpoint is a row of the chain with the number and the seal of the last pruned row, so that
verification goes on from there. The checkpoint and the deletion share a transaction, and the
trigger that refuses deletions is off only inside it. On PostgreSQL this needs the role that owns
the tables.
"""

from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Min

from wizard.models import AuditEvent, AuditOutcome, OpenChange, audit_triggers
from wizard.services.audit.appending import append_locked, locked_head
from wizard.services.audit.notes import PRUNED, last_checkpoint, proven
from wizard.services.audit.writing import console_event

# The rows of one transaction. Nothing else can be recorded while it runs.
CHUNK: Final = 20_000


def prune(*, before: datetime) -> int:
    """Delete the rows older than `before`; return their number.

    Rows from the first open change on are kept. Raises an error of the database.
    """
    pruned = 0
    while count := _prune_chunk(before):
        pruned += count
    return pruned


def _prune_chunk(before: datetime) -> int:
    with transaction.atomic(durable=True):
        head = locked_head()
        begin = last_checkpoint().sequence
        last = min(_last_old(before, head.sequence), begin + CHUNK)
        row = AuditEvent.objects.filter(sequence=last).first()
        if last <= begin or row is None:
            return 0
        facts = {"first": begin + 1, "last": last, "seal": bytes(row.seal).hex()}
        event = console_event(
            PRUNED,
            subject=f"#{begin + 1} to #{last}",
            outcome=AuditOutcome.SUCCEEDED,
            after=proven(PRUNED, facts),
        )
        append_locked([event], head)  # guard: D8
        return _delete(begin, last)


def _last_old(before: datetime, head: int) -> int:
    """Return the last row before the first newer one, and before the first open change."""
    newer = AuditEvent.objects.filter(happened_at__gte=before)
    first_newer = newer.aggregate(first=Min("sequence"))["first"]
    first_open = OpenChange.objects.aggregate(first=Min("sequence"))["first"]
    return min(number for number in (first_newer, first_open, head + 1) if number is not None) - 1


def _delete(begin: int, last: int) -> int:
    with connection.cursor() as cursor, audit_triggers.deletion_allowed(cursor):
        cursor.execute(
            "DELETE FROM wizard_auditevent WHERE sequence > %s AND sequence <= %s", [begin, last]
        )
        return int(cursor.rowcount)
