"""The console and its worker as child processes on loopback, for the one person who started them.

`ptcconsole run` and `ptcconsole live` share this. Production does not use it; there, a service
manager starts `ptcconsole serve` and `ptcconsole worker` (OPERATIONS.md).
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final, NoReturn, TextIO
from urllib.parse import urlsplit

from ptcconsole.commands.children import COMMAND, Child, child_process
from ptcconsole.commands.ends import NotStarted
from ptcconsole.locations import BASE_DIR, IS_INSTALLED

HOST: Final = "127.0.0.1"
USERNAME: Final = "admin"

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ANSWER_SECONDS: Final = 60  # for the first page on a slow machine


# --- Ports and the data folder ------------------------------------------------------------------


def listener(port: int) -> socket.socket:
    """Bind the console's port; gunicorn inherits the open socket."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise NotStarted(taken(port, "--port", error)) from error


def taken(port: int, option: str, error: OSError) -> str:
    """Return the words about a port that cannot be bound."""
    reason = os.strerror(error.errno or 0)
    another = port + 1 if port < 65535 else 0
    choice = f"{option} {another}"
    if not IS_INSTALLED:
        variable = option.removeprefix("--").replace("-", "_").upper()
        choice += f" (make run {variable}={another})"
    return f"Port {port} on {HOST} cannot be used: {reason}.\nChoose another, for example {choice}."


@contextmanager
def sole_use(data_dir: Path) -> Iterator[TextIO]:
    """Create the data folder, and lock it against a second console.

    The child processes inherit the lock, because they go on when the runner is killed.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data_dir / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NotStarted(
                f"Another console is running on the data in {data_dir}.\n"
                "Stop it, or set the environment variable DATA_DIR to another folder.\n"
                "Processes of a console that was killed also count. To find them:\n"
                "  pgrep -af 'fakeaws|gunicorn|ptcconsole worker'"
            ) from error
        yield lock


# --- The child processes ------------------------------------------------------------------------


@contextmanager
def console(bound: socket.socket, environment: Mapping[str, str], lock: TextIO) -> Iterator[Child]:
    """Start gunicorn on the open socket and close the runner's copy."""
    options = {
        "--config": "python:ptcconsole.gunicorn_conf",
        "--bind": f"fd://{bound.fileno()}",
        "--worker-class": "gthread",
        "--workers": "1",
        "--threads": "8",
        "--graceful-timeout": "2",
        "--log-level": "warning",
    }
    words = [word for option in options.items() for word in option]
    command = [sys.executable, "-m", "gunicorn", *words, "--no-control-socket", "ptcconsole.wsgi"]
    with child_process("The console", command, environment, inherited=bound, lock=lock) as child:
        bound.close()
        yield child


@contextmanager
def worker(environment: Mapping[str, str], lock: TextIO) -> Iterator[Child]:
    """Start the background worker."""
    command = [*COMMAND, "worker"]
    with child_process("The background worker", command, environment, lock=lock) as child:
        child.pass_on_output()
        yield child


def prepare_database(environment: Mapping[str, str], url: str, *options: str) -> str:
    """Create or update the tables; return a new sign-in link."""
    return manage(environment, "prepare", USERNAME, "--base-url", url, *options).strip()


def manage(environment: Mapping[str, str], *words: str) -> str:
    """Run a command of the console to its end; return what it prints."""
    done = subprocess.run(  # noqa: S603 - our own commands
        [*COMMAND, "manage", *words],
        cwd=BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NotStarted(f"ptcconsole manage {words[0]} failed; what it says is above.")
    return done.stdout


def wait_for_answer(url: str, child: Child) -> None:
    """Request a page. The socket is open, so the request waits until gunicorn is ready."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/")
        status = connection.getresponse().status
    except TimeoutError as error:
        raise NotStarted(f"The console gave no answer in {ANSWER_SECONDS} seconds.") from error
    except (OSError, HTTPException) as error:
        raise child.ended() from error
    finally:
        connection.close()
    if status >= 500:
        raise NotStarted(f"The console answers with status {status}; its log is above.")


def wait_for_an_end(*children: Child) -> NoReturn:
    """Wait until a child process ends; a stop signal raises KeyboardInterrupt here."""
    ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    assert ended is not None  # noqa: S101 - without WNOHANG it waits
    raise next(child for child in children if child.pid == ended.si_pid).ended()


@contextmanager
def until_stopped() -> Iterator[None]:
    """Let files be the person's alone, and end without an error at a stop signal."""
    os.umask(0o077)
    _stop_on_signals()
    try:
        yield
    except KeyboardInterrupt:
        print("Stopped.", flush=True)


def _stop_on_signals() -> None:
    def stop(_number: int, _frame: object) -> NoReturn:
        # A second Ctrl-C must not interrupt the shutdown.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in STOP_SIGNALS:
        signal.signal(number, stop)
