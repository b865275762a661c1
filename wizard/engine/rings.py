"""Which work has a task that is queued and not begun, so that it is not queued again and again.

A duplicate would do nothing, but thousands of them would hold up the others.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult


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
