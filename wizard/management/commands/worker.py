"""`manage.py worker`: the background worker.

The main thread writes the heartbeat and looks for due work every few seconds. Each queue has a
thread of its own with django-tasks-db's worker, so that a retry does not wait for a bulk
validation. No exception ends the process. While the database does not answer, all threads wait.

SIGTERM ends it: the operation and the alert under way are finished; a bulk validation is left to
the next worker, which continues it when its lease has expired.
"""

import logging
import os
import signal
import threading
import time
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from wizard import tasks
from wizard.domain.bind_addresses import parse_bind_address
from wizard.services import preparation, workers

LOOK_SECONDS: Final = 5.0
# The pauses while the database does not answer: they double, up to the longest.
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 10.0
# systemd kills a service 90 seconds after SIGTERM.
STOP_SECONDS: Final = 75.0

_DATABASE_TROUBLE: Final = (DatabaseError, InterfaceError)

log = logging.getLogger("wizard.worker")


class Outage:
    """Tells the log once that the database does not answer, however many threads notice it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_on = False

    def begin(self, error: Exception) -> None:
        with self._lock:
            if not self._is_on:
                first_line = str(error).strip().partition("\n")[0]
                log.error("The database does not answer: %s. The worker waits for it.", first_line)
            self._is_on = True

    def end(self) -> None:
        with self._lock:
            if self._is_on:
                log.warning("The database answers again.")
            self._is_on = False


class Lane(Worker):
    """Processes one queue in a thread of its own, and goes on after every exception."""

    def __init__(self, queue_name: str, *, worker_id: str, outage: Outage) -> None:
        super().__init__(
            queue_names=[queue_name],
            interval=1,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=worker_id,
            excluded_queue_names=[],
        )
        self.queue_name = queue_name
        self._outage = outage
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self.run, name=f"lane-{queue_name}", daemon=True)
        self._thread.start()

    def run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopped.wait(0):
            begun = self._run_tasks
            try:
                super().run()
            except _DATABASE_TROUBLE as error:  # guard: B4
                self._outage.begin(error)
            except Exception:  # guard: B4
                log.exception("The queue %s is taken up again", self.queue_name)
            finally:
                connections.close_all()
            pause = FIRST_PAUSE if self._run_tasks > begun else min(pause * 2, LONGEST_PAUSE)
            self._stopped.wait(pause)

    def stop(self) -> None:
        """Begin no further task; the running one goes on."""
        self.running = False
        self._stopped.set()

    def join(self, seconds: float) -> None:
        self._thread.join(max(0.0, seconds))


class Supervisor:
    """The main thread: heartbeat, due work, and a lane for each queue."""

    def __init__(self) -> None:
        self.worker_id = get_random_string(32)
        self.stopped = threading.Event()
        self._outage = Outage()

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopped.set())
        lanes = {
            name: Lane(name, worker_id=self.worker_id, outage=self._outage)
            for name in settings.TASKS["default"]["QUEUES"]
        }
        log.info("The background worker %s has started", self.worker_id)
        preparation.start_trying()
        self.look()
        while not self.stopped.wait(LOOK_SECONDS):
            self.look()
        log.info("The background worker stops")
        tasks.stopping.set()
        for lane in lanes.values():
            lane.stop()
        deadline = time.monotonic() + STOP_SECONDS
        lanes[tasks.OPERATIONS].join(deadline - time.monotonic())
        lanes[tasks.ALERTS].join(deadline - time.monotonic())  # guard: B10

    def look(self) -> None:
        """Write the heartbeat and queue what is due."""
        try:
            close_old_connections()
            workers.beat(self.worker_id)
            tasks.queue_due_work()
        except _DATABASE_TROUBLE as error:  # guard: B4
            self._outage.begin(error)
            connections.close_all()
        except Exception:
            log.exception("Looking for due work failed")
        else:
            self._outage.end()


class Command(BaseCommand):
    help = "Run the background worker: bulk validations, schedules, retries, alerts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--batch", action="store_true", help="do what is due and queued, one by one, and end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"]:
            _do_all()
            return
        # Its line "Starting worker" comes from each lane, at every attempt.
        logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
        if settings.WORKER_METRICS_BIND:
            _offer_metrics(settings.WORKER_METRICS_BIND)
        Supervisor().run()
        logging.shutdown()
        # Threads whose calls to AWS are under way would keep the process alive. Nothing is lost:
        # their results have not been stored, and the calls are made again.
        os._exit(0)


def _offer_metrics(bind: str) -> None:
    """Serve the metrics in a thread. A worker without them still does its work."""
    # Imported here: it is not needed, and its library not loaded, while metrics are off.
    from wizard.services.metrics import exposition

    address = parse_bind_address(bind)
    try:
        exposition.serve(address.host, address.port)
    except OSError as error:
        log.error("The metrics cannot be served at %s: %s", bind, error.strerror)


def _do_all() -> None:
    """Do all that is due, in this thread, with what it makes due in turn."""
    while True:
        tasks.queue_due_work()
        if not DBTaskResult.objects.ready().exists():
            return
        Worker(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        ).run()
