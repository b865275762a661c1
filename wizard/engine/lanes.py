"""The threads that process the queues of django-tasks-db.

A queue has as many lanes as the worker does tasks of it at once. One idle lane of a queue looks for
its tasks, and the next one takes over while it does a task. So an idle worker asks the database
once a second for each queue, and holds one connection for it, however many lanes there are.
"""

import logging
import threading
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, connections
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

# The pauses while the database does not answer: they double, up to the longest.
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 10.0

DATABASE_TROUBLE: Final = (DatabaseError, InterfaceError)

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
    """Does the tasks of one queue, one at a time, and goes on after every exception.

    The lanes of a queue share `turn`: who holds it looks for the next task.
    """

    def __init__(
        self,
        queue_name: str,
        *,
        worker_id: str,
        outage: Outage,
        turn: threading.Lock,
    ) -> None:
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
        self._turn = turn
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self.run, name=f"lane-{queue_name}", daemon=True)
        self._thread.start()

    def run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            begun = self._run_tasks
            try:
                with self._turn:
                    super().run()
            except DATABASE_TROUBLE as error:  # guard: B4
                self._outage.begin(error)
            except Exception:  # guard: B4
                log.exception("The queue %s is taken up again", self.queue_name)
            finally:
                connections.close_all()
            pause = FIRST_PAUSE if self._run_tasks > begun else min(pause * 2, LONGEST_PAUSE)
            self._stopped.wait(pause)

    def run_task(self, db_task_result: "DBTaskResult[Any, Any]") -> None:
        """Do the task, while another lane of the queue looks for the next one."""
        self._turn.release()
        try:
            super().run_task(db_task_result)
        finally:
            if not self._turn.acquire(blocking=False):
                connections.close_all()  # an idle lane holds none
                self._turn.acquire()

    def stop(self) -> None:
        """Begin no further task; the running one goes on."""
        self.running = False
        self._stopped.set()

    def join(self, seconds: float) -> None:
        self._thread.join(max(0.0, seconds))
