"""`make run`: the console and its simulated AWS on loopback, for one person to try.

It runs three child processes: the simulated AWS, the console and the background worker. They start
in this order, do not get the person's own AWS credentials and settings, and stop together.
Production does not use it; there, services start gunicorn and the worker (OPERATIONS.md).
"""

import argparse
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NoReturn, TextIO
from urllib.parse import urlsplit

from ptcconsole.children import BASE_DIR, ENDPOINT_LINE, Child, ChildEnded, child_process

HOST = "127.0.0.1"
USERNAME = "admin"
HOME_REGION = "us-east-2"

# The only environment variables that are passed to the child processes. So no AWS credential,
# profile or endpoint, no database, proxy, gunicorn or Django setting of the person reaches them.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "PYTHONWARNINGS")
SETTINGS = ("LOG_LEVEL", "LANGUAGE_CODE", "TIME_ZONE")

# Placeholder credentials. The simulation accepts any key.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "simulated",
    "AWS_SECRET_ACCESS_KEY": "simulated",
}

# How long ECR does not see a new secret. AWS needs some ten seconds.
SECRET_DELAY_SECONDS = 5

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ANSWER_SECONDS = 60  # for the first page on a slow machine
FAILED, REFUSED = 1, 2


class NotStarted(Exception):
    """The console cannot start; the text gives the reason and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until stopped by a signal; return the exit code."""
    options = _options(arguments)
    os.umask(0o077)
    try:
        _stop_on_signals()
        _run(options.port, options.aws_port, _data_dir())
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
        return 0
    except NotStarted as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except ChildEnded as end:
        print(end, file=sys.stderr)
        return FAILED


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ptcconsole.run", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="of the console; 0: any free one")
    parser.add_argument("--aws-port", type=int, default=0, help="of the simulated AWS; 0: any")
    return parser.parse_args(arguments)


def _data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data").resolve()


def _run(port: int, aws_port: int, data_dir: Path) -> NoReturn:
    with ExitStack() as stack:
        listener = stack.enter_context(_listener(port))
        _refuse_taken_aws_port(aws_port)
        lock = stack.enter_context(_sole_use(data_dir))
        aws = stack.enter_context(
            child_process("The simulated AWS", *_aws_command(aws_port, data_dir), lock=lock)
        )
        endpoint = aws.read_endpoint()
        environment = console_environment(os.environ, data_dir, endpoint)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        link = _prepare_database(
            environment, url, is_first=not (data_dir / "console.sqlite3").exists()
        )
        console = stack.enter_context(_console(listener, environment, lock))
        worker = stack.enter_context(_worker(environment, lock))
        _wait_for_answer(url, console)
        _tell(url, link, endpoint)
        _wait_for_an_end(aws, console, worker)


def console_environment(
    environment: Mapping[str, str], data_dir: Path, endpoint: str
) -> dict[str, str]:
    """Return the console's complete environment: local, simulated, placeholder credentials."""
    return {
        **_base_environment(environment),
        "LOG_LEVEL": "WARNING",
        **{name: environment[name] for name in SETTINGS if name in environment},
        "ENV_FILE": os.devnull,
        "CONSOLE_ENV": "local",
        "SIMULATED_AWS": "true",
        "DATA_DIR": str(data_dir),
        "SECRET_KEY": _secret_key(data_dir / "secret_key"),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": HOME_REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **CREDENTIALS,
    }


def _base_environment(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {name: environment[name] for name in KEPT if name in environment}
    return {**kept, "PYTHONUNBUFFERED": "1"}


def _secret_key(path: Path) -> str:
    """Read SECRET_KEY from the file; generate it at the first start."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with open(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(64) + "\n")
    return path.read_text(encoding="ascii").strip()


# --- Ports and the data folder ------------------------------------------------------------------


def _listener(port: int) -> socket.socket:
    """Bind the console's port; gunicorn inherits the open socket."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise NotStarted(_taken(port, "PORT", error)) from error


def _refuse_taken_aws_port(port: int) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        raise NotStarted(_taken(port, "AWS_PORT", error)) from error


def _taken(port: int, variable: str, error: OSError) -> str:
    reason = os.strerror(error.errno or 0)
    return (
        f"Port {port} on {HOST} cannot be used: {reason}.\n"
        f"Choose another, for example: make run {variable}={port + 1 if port < 65535 else 0}"
    )


@contextmanager
def _sole_use(data_dir: Path) -> Iterator[TextIO]:
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
                "Stop it, or choose another folder: make run DATA_DIR=/some/other/folder\n"
                "Processes of a console that was killed also count. To find them:\n"
                "  pgrep -af 'fakeaws|gunicorn|manage.py worker'"
            ) from error
        yield lock


# --- The child processes ------------------------------------------------------------------------


def _aws_command(port: int, data_dir: Path) -> tuple[list[str], dict[str, str]]:
    options = ["--port", str(port), "--data-dir", str(data_dir / "aws"), "--demo"]
    delay = ["--secret-delay", str(SECRET_DELAY_SECONDS)]
    command = [sys.executable, "-m", "ptcconsole.fakeaws", *options, *delay]
    return command, _base_environment(os.environ)


@contextmanager
def _console(
    listener: socket.socket, environment: Mapping[str, str], lock: TextIO
) -> Iterator[Child]:
    """Start gunicorn on the open socket and close the runner's copy."""
    options = {
        "--config": "python:ptcconsole.gunicorn_conf",
        "--bind": f"fd://{listener.fileno()}",
        "--worker-class": "gthread",
        "--workers": "1",
        "--threads": "8",
        "--graceful-timeout": "2",
        "--log-level": "warning",
    }
    words = [word for option in options.items() for word in option]
    command = [sys.executable, "-m", "gunicorn", *words, "--no-control-socket", "ptcconsole.wsgi"]
    with child_process("The console", command, environment, inherited=listener, lock=lock) as child:
        listener.close()
        yield child


@contextmanager
def _worker(environment: Mapping[str, str], lock: TextIO) -> Iterator[Child]:
    """Start the background worker."""
    command = [sys.executable, "manage.py", "worker"]
    with child_process("The background worker", command, environment, lock=lock) as child:
        child.pass_on_output()
        yield child


def _prepare_database(environment: Mapping[str, str], url: str, *, is_first: bool) -> str:
    """Migrate, give a new demo its history, and return a new sign-in link."""
    _manage(environment, "migrate", "--verbosity", "0")
    if is_first:
        _manage(environment, "demohistory", USERNAME)
    return _manage(environment, "signinlink", USERNAME, "--base-url", url).strip()


def _manage(environment: Mapping[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(  # noqa: S603 - our own commands
        command,
        cwd=BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NotStarted(f"manage.py {words[0]} failed; what it says is above.")
    return done.stdout


def _wait_for_answer(url: str, console: Child) -> None:
    """Request a page. The socket is open, so the request waits until gunicorn is ready."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/")
        status = connection.getresponse().status
    except TimeoutError as error:
        raise NotStarted(f"The console gave no answer in {ANSWER_SECONDS} seconds.") from error
    except (OSError, HTTPException) as error:
        raise console.ended() from error
    finally:
        connection.close()
    if status >= 500:
        raise NotStarted(f"The console answers with status {status}; its log is above.")


def _wait_for_an_end(*children: Child) -> NoReturn:
    """Wait until a child process ends; a stop signal raises KeyboardInterrupt here."""
    ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    assert ended is not None  # noqa: S101 - without WNOHANG it waits
    raise next(child for child in children if child.pid == ended.si_pid).ended()


def _stop_on_signals() -> None:
    def stop(_number: int, _frame: object) -> NoReturn:
        # A second Ctrl-C must not interrupt the shutdown.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in STOP_SIGNALS:
        signal.signal(number, stop)


# --- Output -------------------------------------------------------------------------------------


def _tell(url: str, link: str, endpoint: str) -> None:
    print(f"Console: {url}/\nSign in: {link}\n{ENDPOINT_LINE}{endpoint}")
    print(_cli_words(endpoint), flush=True)


def _cli_words(endpoint: str) -> str:
    exports = {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}
    lines = [f"  export {name}={value}" for name, value in exports.items()]
    return "\n".join(
        [
            "",
            "The AWS is simulated: nothing leaves this machine. To look at it with the AWS CLI:",
            *lines,
            "  unset AWS_PROFILE AWS_SESSION_TOKEN",
            f"  aws ecr describe-pull-through-cache-rules --region {HOME_REGION}",
            "",
            "Ctrl-C stops everything. The data stays in place for the next start.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
