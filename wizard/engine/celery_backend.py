"""Django's Tasks over Celery: a message carries the path of a task and its arguments, only IDs.

A message is a ring only: rows say what is left to do. One that is lost is sent again by the worker
that looks for due work, a duplicate does nothing, and a task that is to run later is not sent
before its time. So no request fails or waits because the broker does not answer.
"""

import logging
import time
import uuid
from functools import cache, partial
from typing import Any, Final

from celery import Celery
from celery.exceptions import Reject
from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils import timezone
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus

from wizard.engine.celery_options import AGAIN, options

RUN: Final = "ptcconsole.run"
# After a failure, this process leaves the broker alone for as long.
PAUSE_SECONDS: Final = 10.0

log = logging.getLogger("wizard.worker")


class CeleryBackend(BaseTaskBackend):
    """Sends the tasks of this process to the broker."""

    supports_defer = True
    _silent_until = 0.0

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Send a message when the transaction of the caller is committed, if one is open."""
        self.validate_task(task)
        now = timezone.now()
        result: TaskResult[Any] = TaskResult(
            task=task,
            id=str(uuid.uuid4()),
            status=TaskResultStatus.READY,
            args=list(args),
            kwargs=kwargs,
            backend=self.alias,
            enqueued_at=now,
            **dict.fromkeys(("started_at", "finished_at", "last_attempted_at")),
            errors=[],
            worker_ids=[],
        )
        if task.run_after is None or task.run_after <= now:
            transaction.on_commit(partial(self._send, task, result))
        return result

    def _send(self, task: Task[Any, Any], result: TaskResult[Any]) -> None:
        if time.monotonic() < self._silent_until:
            return
        message, queue = [task.module_path, result.args], task.queue_name
        again: dict[str, Any] = {"retry": True, "retry_policy": AGAIN}
        try:
            app().send_task(RUN, args=message, queue=queue, task_id=result.id, **again)
        except Exception as error:  # noqa: BLE001 - the row is rung again  # guard: B15
            self._silent_until = time.monotonic() + PAUSE_SECONDS
            # Without the text of the error, which may contain the address of the broker.
            kind = type(error).__name__
            log.warning("The broker does not answer (%s). A worker sends it later.", kind)

    def queue_lengths(self) -> dict[str, int]:
        """Return how many messages of each queue wait; raises the broker's error."""
        with app().connection_for_write() as connection:
            return {name: _length(connection, name) for name in self.queues}


def _length(connection: Any, queue: str) -> int:
    try:
        declared = connection.channel().queue_declare(queue=queue, passive=True)
    except connection.channel_errors:  # no message has ever been sent to it
        return 0
    return int(declared.message_count)


def run(path: str, arguments: list[str]) -> None:
    """Do a task of `wizard.tasks`; nothing else can be named by a message."""
    from wizard import tasks

    known = {each.module_path: each for each in vars(tasks).values() if isinstance(each, Task)}
    if path not in known or not all(isinstance(each, str) for each in arguments):  # guard: B15
        log.error("A message of the queues names no task of the console: %.100r", path)
        raise Reject("no task of the console", requeue=False)
    close_old_connections()
    try:
        known[path].func(*arguments)
    finally:
        close_old_connections()


@cache
def app(*, consumes: bool = False) -> Celery:
    """The Celery application, of those who send or of those who consume."""
    url = settings.CELERY_BROKER_URL
    made = Celery("ptcconsole", broker=url, set_as_current=False, fixups=[])
    made.conf.update(options(url, consumes=consumes))
    made.task(run, name=RUN)
    return made
