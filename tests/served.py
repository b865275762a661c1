"""A console that `ptcconsole serve` runs from the checkout, on addresses of its own."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.collected import collect_into
from tests.faults.marks import ROOT
from tests.faults.production import HOST, VARIABLES

PATIENCE_SECONDS = 60
# What a proxy in front adds to each request.
OF_PROXY = {"Host": HOST, "X-Forwarded-Proto": "https"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response as a client sees it."""

    status: int
    headers: dict[str, str]
    text: str


class _UnixConnection(http.client.HTTPConnection):
    """A connection to a Unix socket, whose path is the host."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.host)


def ask(at: int | Path, path: str, *, method: str = "GET", **headers: str) -> Answer:
    """Ask at a port of this machine or at a Unix socket; names of headers have underscores."""
    made = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = (
        http.client.HTTPConnection("127.0.0.1", at, timeout=PATIENCE_SECONDS)
        if isinstance(at, int)
        else _UnixConnection(str(at), timeout=PATIENCE_SECONDS)
    )
    with closing(connection):
        connection.request(method, path, headers={**OF_PROXY, **made})
        answer = connection.getresponse()
        return Answer(
            status=answer.status, headers=dict(answer.headers), text=answer.read().decode()
        )


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The complete environment of a production console with its data in the folder."""
    fixed = {
        "PATH": os.environ["PATH"],
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(folder),
        "BEHIND_TLS_PROXY": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return {**fixed, **VARIABLES, **more}


class Served:
    """The process of `ptcconsole serve`, or of another subcommand, and what it has written."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._said = threading.Event()
        self._works = False
        self._readers = [
            threading.Thread(target=self._read, args=(stream,), daemon=True)
            for stream in (process.stdout, process.stderr)
        ]
        for reader in self._readers:
            reader.start()

    def wait_until_it_works(self) -> None:
        """Wait for the line of gunicorn or of the background worker that says so."""
        assert self._said.wait(PATIENCE_SECONDS), "\n".join(self.lines)
        assert self._works, "\n".join(self.lines)

    def stop(self) -> list[str]:
        """End it as a service manager does; return the lines of its log."""
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        for reader in self._readers:
            reader.join(PATIENCE_SECONDS)
        return self.lines

    def _read(self, stream: Any) -> None:
        with stream:
            for line in stream:
                self.lines.append(line.rstrip("\n"))
                if "Listening at" in line or "has started" in line:
                    self._works = True
                    self._said.set()
        self._said.set()  # it has ended


@contextmanager
def started(*words: str, **variables: str) -> Iterator[Served]:
    """A subcommand that has begun its work, with this environment."""
    if words[0] == "serve":
        collect_into(Path(variables["DATA_DIR"]))
    process = subprocess.Popen(
        [sys.executable, "-m", "ptcconsole", *words],
        cwd=ROOT,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    served = Served(process)
    try:
        served.wait_until_it_works()
        yield served
    finally:
        served.stop()


def migrate(variables: dict[str, str]) -> None:
    """Make the tables of the console with this environment."""
    words = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(words, cwd=ROOT, env=variables, check=True)


def parsed(lines: list[str]) -> list[dict[str, Any]]:
    """The lines of a log in the JSON format; one that is no object is an error."""
    found = [json.loads(line) for line in lines]
    assert all(isinstance(each, dict) for each in found)
    return found
