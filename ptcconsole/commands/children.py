"""The child processes of `ptcconsole run` and `live`: how they start, pass output on, and stop."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Final, TextIO

from ptcconsole.commands.ends import Stopped
from ptcconsole.locations import BASE_DIR

# The command `ptcconsole`, whether it is in the PATH or not.
COMMAND: Final = (sys.executable, "-m", "ptcconsole")
ENDPOINT_LINE: Final = "AWS endpoint: "
STOP_SECONDS: Final = 5  # between SIGTERM and SIGKILL


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

    def ended(self) -> Stopped:
        """Wait for its end; return the error that says how it ended."""
        code = self.process.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return Stopped(f"{self.name} stopped by itself ({how}), so everything was stopped.")


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
