"""The console as OPERATIONS.md runs it: gunicorn, the worker, PostgreSQL and Redis.

The command is that of the unit for systemd. Each server is a process of its own, with production
settings. AWS is the simulation of the test, over TLS, because production settings refuse plain
http. Its address is in AWS's configuration file.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from ptcconsole.fakeaws.callers import EXAMPLE_KEY, EXAMPLE_SECRET
from ptcconsole.fakeaws.server import FakeAws
from tests.aws_over_tls import over_tls
from tests.collected import collect_into
from tests.faults.marks import ROOT
from tests.faults.production import VARIABLES
from tests.person import Person
from tests.production.browser import Browser
from tests.servers import PostgreSQL, free_port, postgresql, redis_process

UNIT = ROOT / "ptcconsole" / "deployment" / "ptcconsole.service"
PROCESSES, THREADS = 2, 16


@dataclass(kw_only=True)
class Site:
    """The running console."""

    folder: Path
    port: int
    environment: Mapping[str, str]
    database: PostgreSQL
    redis_port: int
    redis: "subprocess.Popen[str]"
    gunicorn: "subprocess.Popen[bytes]"
    worker: "subprocess.Popen[bytes]"
    stack: ExitStack
    start_worker: Callable[[], "subprocess.Popen[bytes]"]
    _cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def person(self, name: str = "ada") -> Person:
        """A signed-in person with a browser; an administrator, as whoever is the first one is."""
        if name not in self._cookies:
            person = Person(Browser(self.port))  # type: ignore[arg-type]
            person.open(self.manage("signinlink", name).strip())
            person.press("Sign in")
            assert person.status == 200, person.text
            self._cookies[name] = person.client.cookies  # type: ignore[assignment]
        return Person(Browser(self.port, dict(self._cookies[name])))  # type: ignore[arg-type]

    def stranger(self) -> Browser:
        """A browser of nobody who is signed in."""
        return Browser(self.port)

    def manage(self, *words: str) -> str:
        """The output of a management command."""
        return _manage(self.environment, *words)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the database, past the console."""
        with psycopg.connect(self.database.url, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def connections(self) -> int:
        """Return how many connections the console has to its database."""
        ((number,),) = self.query(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(number)

    @contextmanager
    def without_redis(self) -> Iterator[None]:
        """Inside the block, Redis is dead; afterwards another one runs in its place."""
        self.redis.kill()
        self.redis.wait()
        yield
        self.redis = self.stack.enter_context(redis_process(self.folder, self.redis_port))

    def expire_leases(self) -> None:
        """Make what is under way count as cut off, as 40 seconds do."""
        for table in ("wizard_operation", "wizard_rotation", "wizard_deletion"):
            self.query(f"UPDATE {table} SET lease_until = now() WHERE lease_until > now()")

    def restart_worker(self) -> None:
        """End the background worker as `kill -9` does, and start another, as systemd does."""
        self.worker.kill()
        self.worker.wait()
        self.worker = self.start_worker()

    def kill_workers(self) -> None:
        """End the worker processes of gunicorn as `kill -9` does; it starts others."""
        path = Path(f"/proc/{self.gunicorn.pid}/task/{self.gunicorn.pid}/children")
        for process_id in path.read_text(encoding="ascii").split():
            os.kill(int(process_id), signal.SIGKILL)


@contextmanager
def production_site(folder: Path, *, aws: FakeAws) -> Iterator[Site]:
    """Start everything on new data, and stop it at the end."""
    with ExitStack() as stack:
        database = stack.enter_context(postgresql(folder))
        cache_port = free_port()
        cache = stack.enter_context(redis_process(folder, cache_port))
        data = folder / "console"
        data.mkdir()
        collect_into(data)
        aws_url = stack.enter_context(over_tls(aws, folder))
        environment = _environment(data, database.url, cache_port, aws_url)
        environment["AWS_CA_BUNDLE"] = str(folder / "certificate.pem")
        _manage(environment, "migrate", "--verbosity=0")
        log = stack.enter_context((folder / "log").open("wb"))
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=256))
        number = listener.fileno()
        command = [*_documented_command(), "--bind", f"fd://{number}"]

        def start_worker() -> "subprocess.Popen[bytes]":
            return stack.enter_context(_process(["manage.py", "worker"], environment, log))

        yield Site(
            folder=folder,
            port=listener.getsockname()[1],
            environment=environment,
            database=database,
            redis_port=cache_port,
            redis=cache,
            gunicorn=stack.enter_context(_process(command, environment, log, number)),
            worker=start_worker(),
            stack=stack,
            start_worker=start_worker,
        )


def _environment(data: Path, database: str, cache_port: int, aws_url: str) -> dict[str, str]:
    (data / "aws").write_text(f"[default]\nregion = us-east-2\nendpoint_url = {aws_url}\n")
    return {
        **VARIABLES,
        "PATH": os.environ["PATH"],
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(data),
        "BEHIND_TLS_PROXY": "true",
        "DATABASE_URL": database,
        "CACHE_URL": f"redis://127.0.0.1:{cache_port}/0",
        "LOG_LEVEL": "WARNING",
        "AWS_ACCESS_KEY_ID": EXAMPLE_KEY,
        "AWS_SECRET_ACCESS_KEY": EXAMPLE_SECRET,
        "AWS_CONFIG_FILE": str(data / "aws"),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _documented_command() -> list[str]:
    """The arguments of the unit, without the address that it listens on and the access log."""
    found = re.search(r"^ExecStart=\S+ (serve .+)$", UNIT.read_text(encoding="utf-8"), flags=re.M)
    assert found is not None
    words = shlex.split(found[1])
    place = words.index("--bind")
    del words[place : place + 2]
    return ["-m", "ptcconsole", *(word for word in words if word != "--access-log")]


def _manage(environment: Mapping[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


@contextmanager
def _process(
    command: list[str], environment: Mapping[str, str], log: Any, *files: int
) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=files,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
