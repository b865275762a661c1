"""Appending rows to the chain of the audit trail, one writer at a time.

Writers are serialised by a lock on the head row. Threads of one process that append at the same
time share a transaction (group commit): one of them writes the rows of all, and each returns when
its own row is committed.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.utils import timezone

from wizard.domain.chain import SEALED, Keyring, NoKey, parse_keyring, sealed_text
from wizard.domain.errors import AuditUnavailable
from wizard.models import AuditEvent, AuditHead, AuditPhase, OpenChange

logger = logging.getLogger("wizard.audit")

# How long a writer waits for the lock; SQLite's timeout in the settings is the same.
WAIT_SECONDS: Final = 20

Alongside = Callable[[], None]


@dataclass(slots=True, eq=False)
class _Entry:
    """A row to be appended; `alongside` writes the caller's own rows in the same transaction."""

    event: AuditEvent
    alongside: Alongside | None
    is_done: bool = False
    error: Exception | None = None


class _Queue:
    """The entries that no thread writes yet, and whether one is writing."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.pending: list[_Entry] = []
        self.is_written = False


_queue = _Queue()


def append(event: AuditEvent, *, durable: bool, alongside: Alongside | None = None) -> None:
    """Append a row, and commit it unless the caller has begun a transaction.

    With `durable` a transaction of the caller is an error (RuntimeError). `alongside` is called in
    the same transaction, before the row is written, maybe by another thread. When it raises, the
    row is not appended and the exception is passed on; one of the database as AuditUnavailable.
    Alone in its transaction, it must raise before it has written anything. Raises AuditUnavailable.
    """
    entry = _Entry(event, alongside)
    if connection.in_atomic_block:
        _write([entry], durable=durable)
    else:
        _write_together(entry)
    if entry.error is not None:  # guard: D1
        raise entry.error


def keyring() -> Keyring:
    """Return the keys of AUDIT_KEY: the first one seals, all of them verify."""
    return parse_keyring(settings.AUDIT_KEY)


def sealed(event: AuditEvent, *, previous: bytes) -> bytes:
    """Return the seal of a row that follows the row with the seal `previous`."""
    columns = {name: getattr(event, name) for name in SEALED[event.form]}
    text = sealed_text(columns, form=event.form)
    return keyring().seal(text, event.key_id, previous)


def _write_together(entry: _Entry) -> None:
    """Write the pending entries of all threads, unless another thread has written this one."""
    with _queue.changed:
        _queue.pending.append(entry)
        # A thread whose entry is done returns at once. If it waited for its turn to write, those
        # who have just come would write one by one in between.
        _queue.changed.wait_for(lambda: entry.is_done or not _queue.is_written)
        if entry.is_done:
            return
        entries = _queue.pending.copy()
        _queue.pending.clear()
        _queue.is_written = True
    try:
        _write(entries, durable=True)
    finally:
        with _queue.changed:
            _queue.is_written = False
            _queue.changed.notify_all()


def _write(entries: Sequence[_Entry], *, durable: bool) -> None:
    """Write the entries in one transaction. Afterwards each is done, or has its error."""
    try:
        with transaction.atomic(durable=durable):
            _append(entries)
    except (DatabaseError, InterfaceError, NoKey) as error:
        _fail(entries, error)
    except BaseException as error:
        _fail(entries, error)
        raise
    finally:
        for entry in entries:
            entry.is_done = True


def _fail(entries: Sequence[_Entry], error: BaseException) -> None:
    for entry in entries:
        entry.error = _unavailable(error)


def _unavailable(error: BaseException) -> AuditUnavailable:
    unavailable = AuditUnavailable()
    unavailable.__cause__ = error
    return unavailable


def _append(entries: Sequence[_Entry]) -> None:
    head = locked_head()
    events = []
    for entry in entries:
        if _is_alongside_written(entry, is_shared=len(entries) > 1):
            events.append(entry.event)
    if events:
        append_locked(events, head)


def append_locked(events: Sequence[AuditEvent], head: AuditHead) -> None:
    """Append rows after a head that this transaction has locked, and advance it."""
    for event in events:
        _link(event, head)
    try:
        AuditEvent.objects.bulk_create(events)
    except IntegrityError:
        logger.critical(
            "A row of the audit trail has a number after the head that the console did not give."
            " Nothing can be recorded, and nothing is changed. See manage.py repair_audit."
        )
        raise
    _keep_open_changes(events)
    AuditHead.objects.filter(pk=1).update(sequence=head.sequence, seal=head.seal)
    # After the commit only: verify_audit compares the trail with the logged heads.
    for event in events:
        transaction.on_commit(partial(_log_head, event.sequence, event.seal))


def _is_alongside_written(entry: _Entry, *, is_shared: bool) -> bool:
    """Write the caller's own rows. An exception concerns it alone, unless the database is down.

    A savepoint keeps what it has written until then out of a transaction that is shared.
    """
    if entry.alongside is None:
        return True
    try:
        with transaction.atomic() if is_shared else nullcontext():  # guard: D1
            entry.alongside()
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError as error:
        if not is_shared:
            raise
        entry.error = _unavailable(error)
    except Exception as error:  # noqa: BLE001 - raised again in the thread that it belongs to
        entry.error = error
    return entry.error is None


def locked_head() -> AuditHead:
    """Return the head, locked until the transaction ends.

    On SQLite, transactions are IMMEDIATE, so there is one writer only.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
    return head


def _link(event: AuditEvent, head: AuditHead) -> None:
    """Number, date and seal a row, and let the head be this row."""
    event.sequence, event.happened_at = head.sequence + 1, timezone.now()
    event.key_id = keyring().sealing_id
    event.seal = sealed(event, previous=bytes(head.seal))
    head.sequence, head.seal = event.sequence, event.seal


def _keep_open_changes(events: Sequence[AuditEvent]) -> None:
    begun = [event for event in events if event.phase == AuditPhase.INTENT]
    ended = [event.event_id for event in events if event.phase == AuditPhase.RESULT]
    if begun:
        OpenChange.objects.bulk_create(
            OpenChange(event_id=event.event_id, sequence=event.sequence) for event in begun
        )
    if ended:
        OpenChange.objects.filter(event_id__in=ended).delete()


def _log_head(sequence: int, seal: Any) -> None:
    logger.info("audit head %d %s", sequence, seal.hex())
