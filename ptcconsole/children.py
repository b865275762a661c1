"""The child processes of `make run`: how they start, pass their output on, and stop."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TextIO

BASE_DIR = Path(__file__).resolve().parent.parent
ENDPOINT_LINE = "AWS endpoint: "
STOP_SECONDS = 5  # between SIGTERM and SIGKILL


class ChildEnded(Exception):
    """A child process ended unexpectedly; the text says which and how."""


class Child:
    """A child process with its name in messages."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self.process = process

    @property
    def pid(self) -> int:
        return self.process.pid

    def read_endpoint(self) -> str:
        """Wait for the line with its endpoint; later output goes to stderr."""
        output = self.process.stdout
        assert output is not None  # noqa: S101 - `child_process` opened it
        for line in output:
            if line.startswith(ENDPOINT_LINE):
                _pass_on(output, sys.stderr)
                return line.removeprefix(ENDPOINT_LINE).strip()
            sys.stderr.write(line)
        raise self.ended()

    def pass_on_output(self) -> None:
        """Copy its output to stderr, because a full pipe would block it."""
        assert self.process.stdout is not None  # noqa: S101 - `child_process` opened it
        _pass_on(self.process.stdout, sys.stderr)

    def ended(self) -> ChildEnded:
        code = self.process.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return ChildEnded(f"{self.name} stopped by itself ({how}), so everything was stopped.")


def _pass_on(source: IO[str], destination: TextIO) -> None:
    threading.Thread(target=shutil.copyfileobj, args=(source, destination), daemon=True).start()


@contextmanager
def child_process(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    inherited: socket.socket | None = None,
    *,
    lock: IO[str] | None = None,
) -> Iterator[Child]:
    """Start a process in its own session, so that Ctrl-C reaches it only through the runner.

    It inherits the descriptor of the `lock`, so the lock is held until the process has ended, also
    when the runner was killed.
    """
    kept_open = [each.fileno() for each in (inherited, lock) if each is not None]
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command,
        cwd=BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if inherited is None else None,
        pass_fds=kept_open,
        start_new_session=True,
        text=True,
    )
    try:
        yield Child(name, process)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    """Send SIGTERM, then SIGKILL to the whole process group."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
