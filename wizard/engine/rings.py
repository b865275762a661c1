"""Which work has a task that is queued and not begun, so that it is not queued again and again.

A duplicate would do nothing, but thousands of them would hold up the others.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

RING_SECONDS: Final = 30.0


class Rings(Protocol):
    """What an engine knows of its queues."""

    def unqueued(self, task: Task[Any, None], ids: Iterable[str]) -> Sequence[str]:
        """Return those of the IDs, each once, for which the task has to be queued."""


class TableRings:
    """The queues of django-tasks-db are a table, which knows exactly."""

    def unqueued(self, task: Task[Any, None], ids: Iterable[str]) -> Sequence[str]:
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return []
        rows = DBTaskResult.objects.filter(status="READY", task_path=task.module_path)
        queued = {_id_of(given) for given in rows.values_list("args_kwargs", flat=True)}
        return [each for each in wanted if each not in queued]


def _id_of(given: Any) -> str:
    """The ID that a queued task carries; empty for one without, or of an unknown form."""
    match given:
        case {"args": [str(first), *_]}:
            return first
        case _:
            return ""


class MessageRings:
    """The queues of a broker cannot be looked into: it is remembered when a task was sent.

    Work that is still due after RING_SECONDS is sent again. Its message may be lost, or wait behind
    others, where a duplicate costs a look at a row. Only the worker that looks has this memory; the
    next one sends everything that is due once more.
    """

    def __init__(self) -> None:
        self._sent_at: dict[tuple[str, str], float] = {}

    def unqueued(self, task: Task[Any, None], ids: Iterable[str]) -> Sequence[str]:
        now, path = time.monotonic(), task.module_path
        wanted = {(path, each): each for each in ids}
        # What is not due any more has begun. When it is due again, it is sent at once.
        for key in [key for key in self._sent_at if key[0] == path and key not in wanted]:
            del self._sent_at[key]
        before = now - RING_SECONDS
        lost = [key for key in wanted if self._sent_at.get(key, before) <= before]
        self._sent_at.update(dict.fromkeys(lost, now))
        return [wanted[key] for key in lost]
