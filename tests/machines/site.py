"""The console on several machines: workers and servers of pages, and what they write down."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ptcconsole.fakeaws.server import FakeAws
from tests.brokers import Broker
from tests.machines.network import BROKER, DATABASE, Machine
from tests.servers import PostgreSQL

ROOT = Path(__file__).resolve().parents[2]
PORT = 8000
# A machine under load is patient: what is measured is told, and not judged by this.
PATIENCE = 120.0


@dataclass(kw_only=True)
class Site:
    """The servers, the machines, and the processes that run on them."""

    folder: Path
    aws: FakeAws
    database: PostgreSQL
    broker: Broker | None
    machines: dict[str, Machine]
    environment: dict[str, str]
    stack: ExitStack
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def run(self, name: str, *words: str) -> None:
        """Start Python with these words on a machine."""
        log = self.stack.enter_context((self.folder / f"{name}.log").open("ab"))
        process = subprocess.Popen(
            self.machines[name].command(sys.executable, *words),
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self.running[name] = process
        self.stack.callback(self.kill, name)

    def start_worker(self, name: str) -> None:
        """Start a worker, and wait for its heartbeat."""
        from wizard.models import WorkerHeartbeat

        known = WorkerHeartbeat.objects.count()
        self.run(name, "manage.py", "worker")
        wait_for(lambda: WorkerHeartbeat.objects.count() > known, f"the heartbeat of {name}")

    def start_pages(self, name: str) -> None:
        address = f"{self.machines[name].address}:{PORT}"
        configuration = ["--config", "python:ptcconsole.gunicorn_conf", "--bind", address]
        self.run(name, "-m", "gunicorn", *configuration, "ptcconsole.wsgi:application")

    def kill(self, name: str) -> None:
        """The machine loses its power: all its processes end at once."""
        process = self.running.pop(name, None)
        if process is not None and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def mend(self) -> None:
        """What a scene that failed has left."""
        self.aws.release()
        for each in self.machines.values():
            each.reconnect(DATABASE, BROKER)

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")


def wait_for(condition: Callable[[], object], what: str) -> float:
    """Look again and again, also while the database is away; return the seconds that it took."""
    from django.db import DatabaseError, InterfaceError, connection

    begun = time.monotonic()
    while True:
        try:
            if condition():
                return time.monotonic() - begun
        except (DatabaseError, InterfaceError):
            connection.close()
        if time.monotonic() - begun > PATIENCE:
            raise AssertionError(f"{what} did not come")
        time.sleep(0.2)
