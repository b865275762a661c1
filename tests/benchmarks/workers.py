"""What many workers wait for: the head of the audit trail, and the table of the queues.

All rows of the trail are one chain, so that writers wait for each other at its head. PostgreSQL
waits for the disk at each commit, as in production. The number of rows in a second is that of the
machine and of its load. How many rows share a transaction, and what those are at that do not wait,
is less so: it is counted by PostgreSQL, or sampled in pg_stat_activity.
`python -m tests.benchmarks.workers THREADS` is one of the processes that append: it is told on its
input when to begin, appends for some seconds, and prints the number. With `look` it fills the
queues and measures what a worker asks of them.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import psycopg

from tests.benchmarks.figures import Figure, milliseconds
from tests.servers import postgresql

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 5.0
# Processes, and threads in each.
RUNS, WAITING = 11, 5_000
SHAPES = ((1, 1), (20, 1), (1, 20), (4, 5))


def measure() -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory(prefix="ptcconsole-bench-") as folder,
        postgresql(Path(folder), is_durable=True) as server,
    ):
        environment = {
            **os.environ,
            "CONSOLE_ENV": "local",
            "ENV_FILE": os.devnull,
            "DATA_DIR": folder,
            "DATABASE_URL": server.url,
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        for processes, threads in SHAPES:
            yield from _figures(processes, threads, environment)
        command = [sys.executable, "-m", "tests.benchmarks.workers", "look"]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        for name, runs in json.loads(done.stdout).items():
            yield milliseconds(20, name, runs)


def _figures(processes: int, threads: int, environment: dict[str, str]) -> Iterator[Figure]:
    of = f"{processes} processes with {threads} writing threads each"
    with Samples(environment["DATABASE_URL"]) as samples:
        rate = _rate(processes, threads, environment)
    yield Figure(number=20, name=f"Audit rows of {of}", value=rate, unit="rows/s")
    for name, value, unit in samples.found(SECONDS * rate):
        yield Figure(number=20, name=f"{name}, {of}", value=value, unit=unit)


class Samples:
    """What the connections are at while the block runs, looked at fifty times a second."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stopped = threading.Event()
        self._seen: list[tuple[int, int, int, int]] = []
        self._commits = [0, 0]
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        self._thread.join()

    def found(self, rows: float) -> Iterator[tuple[str, float, str]]:
        """Of the samples in which somebody wrote: the means and the shares."""
        busy = [each for each in self._seen if any(each)]
        waiting, *holding = (sum(column) for column in zip(*busy, strict=True))
        yield "Connections that wait for the head", waiting / len(busy), "on average"
        names = ("the disk", "the console", "PostgreSQL")
        for name, number in zip(names, holding, strict=True):
            share = 100 * number / max(sum(holding), 1)
            yield f"Time of who writes, with {name}", share, "%"
        commits = max(self._commits[1] - self._commits[0], 1)
        yield "Rows of a transaction", rows / commits, "rows"

    def _look(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            self._commits[0] = self._inserting_commits(connection)
            while not self._stopped.wait(0.02):
                (seen,) = connection.execute(_SAMPLE).fetchall()
                self._seen.append(seen)
            self._commits[1] = self._inserting_commits(connection)

    def _inserting_commits(self, connection: "psycopg.Connection[tuple[int, ...]]") -> int:
        """The head is updated once in each transaction that appends."""
        connection.execute("SELECT pg_sleep(1.1)")  # the numbers are published once a second
        (row,) = connection.execute(
            "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'wizard_audithead'"
        ).fetchall()
        return row[0]


# Of those who do not wait for the head, the one who writes waits for the disk, or for its own
# process ("idle in transaction"), or is served.
_SAMPLE = """
SELECT count(*) FILTER (WHERE wait_event_type = 'Lock'),
       count(*) FILTER (WHERE wait_event_type IN ('IO', 'LWLock')),
       count(*) FILTER (WHERE state = 'idle in transaction'),
       count(*) FILTER (WHERE state = 'active' AND wait_event_type IS NULL)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


def _rate(processes: int, threads: int, environment: dict[str, str]) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.workers", str(threads)]
    started = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    for each in started:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in started:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    return sum(int(each.communicate()[0]) for each in started) / SECONDS


def append(threads: int) -> int:
    """Append for some seconds, in that number of threads; return the number of rows."""
    import django

    django.setup()
    from django.db import connection

    from wizard.models import AuditOutcome
    from wizard.services.audit.writing import record_event

    numbers = [0] * threads
    end = 0.0

    def work(place: int) -> None:
        while time.monotonic() < end:
            record_event("SignIn", subject="bench", outcome=AuditOutcome.SUCCEEDED)
            numbers[place] += 1
        connection.close()

    record_event("SignIn", subject="bench", outcome=AuditOutcome.SUCCEEDED)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    end = time.monotonic() + SECONDS
    workers = [threading.Thread(target=work, args=(place,)) for place in range(threads)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    return sum(numbers)


def look() -> dict[str, list[float]]:
    """Measure the questions of a worker while thousands of tasks wait, in seconds."""
    import django

    django.setup()
    from django_tasks_db.models import DBTaskResult

    from wizard import tasks
    from wizard.engine.looking import queue_due_work
    from wizard.engine.rings import TableRings

    queue_due_work()
    empty = _times(queue_due_work)
    for number in range(WAITING):
        tasks.sweep_account.enqueue(f"{number:012}")
    others = DBTaskResult.objects.ready().filter(queue_name__in=[tasks.OPERATIONS])
    own = DBTaskResult.objects.ready().filter(queue_name__in=[tasks.SWEEPS])
    ids = [f"{number:012}" for number in range(200)]
    more = f"{WAITING:,} tasks of sweeps wait"
    return {
        "Looking for due work, nothing is due": empty,
        f"Looking for due work, {more}": _times(queue_due_work),
        f"Which of 200 sweeps are queued, {more}": _times(
            lambda: TableRings().unqueued(tasks.sweep_account, ids)
        ),
        f"An idle lane of another queue asks, {more}": _times(lambda: others.first()),
        f"A lane of the sweeps asks, {more}": _times(lambda: own.first()),
    }


def _times(call: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return times


if __name__ == "__main__":
    if sys.argv[1] == "look":
        sys.stdout.write(json.dumps(look()))
    else:
        sys.stdout.write(str(append(int(sys.argv[1]))))
