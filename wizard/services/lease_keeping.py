"""Renewal of the leases that this process holds, while their work goes on.

One thread renews all of them every few seconds, so that the length of a lease does not depend on
the slowest call to AWS. When the process dies, nobody renews them, and the work goes on elsewhere
as soon as they have expired. A row that another process has taken has another `runner`, and is not
touched: the work notices it at its next change. The same thread withdraws the roles of accounts
that were disabled or removed, so that work in them ends.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Condition, Thread
from typing import Final

from django.db import DatabaseError, InterfaceError, connections, transaction
from django.utils import timezone

from wizard.models import HeldRow, Operation
from wizard.services.usable_accounts import withdraw_unusable

# Who is dead is known after this time. The clocks of two machines may differ, or the database may
# be away, for as long as a lease outlasts the pause between two renewals.
LEASE: Final = timedelta(seconds=40)
RENEW_SECONDS: Final = 8.0

Row = HeldRow | Operation

logger = logging.getLogger(__name__)


class _Keeper:
    """The rows that are held, and the thread that renews them; it ends with the last row."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._held: Counter[tuple[type[Row], str]] = Counter()
        self._is_running = False

    @contextmanager
    def kept(self, rows: Iterable[Row]) -> Iterator[None]:
        keys = [(type(row), row.runner) for row in rows if row.runner]
        with self._changed:
            self._held.update(keys)
            if self._held and not self._is_running:
                self._is_running = True
                Thread(target=self._run, name="leases", daemon=True).start()
        try:
            yield
        finally:
            with self._changed:
                self._held -= Counter(keys)
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._held, timeout=RENEW_SECONDS)
                if not self._held:
                    self._is_running = False
                    return
                held = list(self._held)
            try:
                _renew(held)
                withdraw_unusable()  # guard: Z15
            except (DatabaseError, InterfaceError):
                logger.exception("The leases of running work could not be renewed")
            finally:
                connections.close_all()


def _renew(held: Iterable[tuple[type[Row], str]]) -> None:
    by_model: dict[type[Row], list[str]] = {}
    for model, runner in held:
        by_model.setdefault(model, []).append(runner)
    for model, runners in by_model.items():
        # One that has ended, or was given up, has no lease any more.
        rows = model._default_manager.filter(runner__in=runners, lease_until__isnull=False)
        with transaction.atomic():
            # A row that is locked is just being changed by its work, which renews the lease itself.
            # To wait for it could be a deadlock: the audit trail locks rows of several operations.
            free = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
            rows.filter(pk__in=free).update(lease_until=timezone.now() + LEASE)  # guard: B8


_keeper: Final = _Keeper()
# While the block runs, the leases of these rows are renewed.
kept: Final = _keeper.kept
