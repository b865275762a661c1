"""The main thread of the background worker: heartbeat, due work, and the lanes of its queues.

No exception ends the process. While the database does not answer, all threads wait.

SIGTERM ends it: the operations and the alert under way are finished; a bulk validation is left to
another worker, which continues it when its lease has expired.
"""

import logging
import signal
import threading
import time
from collections.abc import Mapping
from typing import Final, Protocol

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils.crypto import get_random_string

from wizard import tasks
from wizard.engine.lanes import DATABASE_TROUBLE, Lane, Outage
from wizard.engine.looking import queue_due_work
from wizard.engine.rings import MessageRings, TableRings
from wizard.services import preparation, workers

LOOK_SECONDS: Final = 5.0
# systemd kills a service 90 seconds after SIGTERM.
STOP_SECONDS: Final = 75.0
# What a stopping worker finishes. All other work is continued by rows.
_FINISHED: Final = (tasks.OPERATIONS, tasks.ALERTS)

log = logging.getLogger("wizard.worker")


class Engine(Protocol):
    """What processes the queues of this worker."""

    def stop(self) -> None:
        """Begin no further task."""

    def join(self, seconds: float) -> None:
        """Wait for the tasks that are to be finished, at most this long."""


class TableEngine:
    """Lanes for the queues of django-tasks-db: as many of each as the worker does at once."""

    def __init__(self, concurrency: Mapping[str, int], *, worker_id: str, outage: Outage) -> None:
        self._lanes = []
        for name, number in concurrency.items():
            turn = threading.Lock()
            self._lanes += [
                Lane(name, worker_id=worker_id, outage=outage, turn=turn) for _ in range(number)
            ]

    def stop(self) -> None:
        for lane in self._lanes:
            lane.stop()

    def join(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        for lane in self._lanes:
            if lane.queue_name in _FINISHED:  # guard: B10
                lane.join(deadline - time.monotonic())


class Supervisor:
    """Writes the heartbeat, looks for due work, and runs the engine until SIGTERM."""

    def __init__(self) -> None:
        self.worker_id = get_random_string(32)
        self.stopped = threading.Event()
        self._outage = Outage()
        self._rings = MessageRings() if settings.USES_CELERY else TableRings()
        self._has_looked = self._has_warned = False

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopped.set())
        engine = self._engine()
        log.info("The background worker %s has started", self.worker_id)
        preparation.start_trying()
        self.look()
        while not self.stopped.wait(LOOK_SECONDS):
            self.look()
        log.info("The background worker stops")
        tasks.stopping.set()
        engine.stop()
        self._retire()
        engine.join(STOP_SECONDS)

    def _engine(self) -> Engine:
        concurrency = settings.WORKER_CONCURRENCY
        if not settings.USES_CELERY:
            return TableEngine(concurrency, worker_id=self.worker_id, outage=self._outage)
        # Imported here: Celery is installed only where it is chosen.
        from wizard.engine.celery_worker import CeleryEngine

        return CeleryEngine(concurrency, finished=_FINISHED)

    def look(self) -> None:
        """Write the heartbeat, and queue what is due if this worker is the one that looks."""
        try:
            close_old_connections()
            pulse = workers.beat(self.worker_id)
            self._warn_of_clock(pulse)
            if pulse.looks or not self._has_looked:
                queue_due_work(self._rings)
                self._has_looked = True
        except DATABASE_TROUBLE as error:  # guard: B4
            self._outage.begin(error)
            connections.close_all()
        except Exception:
            log.exception("Looking for due work failed")
        else:
            self._outage.end()

    def _warn_of_clock(self, pulse: workers.Pulse) -> None:
        if pulse.is_clock_off and not self._has_warned:
            log.warning(
                "The clock of this machine differs from the database's by %.0f s. Leases of work"
                " need clocks that differ by less than %.0f s.",
                pulse.clock_difference.total_seconds(),
                workers.CLOCK_TOLERANCE.total_seconds(),
            )
        self._has_warned = pulse.is_clock_off

    def _retire(self) -> None:
        """Let another worker look from now on."""
        try:
            workers.retire(self.worker_id)
        except DATABASE_TROUBLE as error:
            self._outage.begin(error)
