"""`ptcconsole serve`: gunicorn with the console's settings, in the process that was started."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.ptcconsole.installed import run
from tests.ptcconsole.runner import PATIENCE_SECONDS

SETTINGS = {
    "CONSOLE_ENV": "production",
    "SECRET_KEY": "s" * 64,
    "AUDIT_KEY": "a" * 64,
    "ALLOWED_HOSTS": "ptc.example.com",
    "BEHIND_TLS_PROXY": "true",
    "ENV_FILE": "/dev/null",
    "AWS_ACCESS_KEY_ID": "mine",
    "AWS_SECRET_ACCESS_KEY": "mine",
    "AWS_EC2_METADATA_DISABLED": "true",
}
HEADERS = {"Host": "ptc.example.com", "X-Forwarded-Proto": "https"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


@pytest.fixture
def port() -> int:
    return _free_port()


@pytest.fixture
def server(installed: Path, home: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """A served console of production whose tables exist."""
    settings = {**SETTINGS, "DATA_DIR": str(home / "data")}
    assert run(installed, home, "migrate", "--verbosity", "0", **settings).returncode == 0
    process = subprocess.Popen(
        [installed / "ptcconsole", "serve", "--bind", f"127.0.0.1:{port}", "--workers", "1"],
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), **settings},
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_until_it_listens(process)
    yield process
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)


def _wait_until_it_listens(process: "subprocess.Popen[str]") -> None:
    """Read gunicorn's log up to the line that says so."""
    assert process.stderr is not None
    read = []
    for line in process.stderr:
        read.append(line)
        if "Listening at" in line:
            return
    pytest.fail("".join(read))


def _ask(port: int, path: str) -> tuple[int, str]:
    """Ask as a proxy does."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path, headers=HEADERS)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_it_serves_pages_and_collected_files_and_ends_at_a_signal(
    server: "subprocess.Popen[str]", port: int
) -> None:
    status, page = _ask(port, "/sign-in/")
    assert status == 200
    (styles,) = {word for word in page.split('"') if word.endswith(".css")}
    assert _ask(port, styles)[0] == 200
    # The service manager's process is gunicorn's own.
    server.send_signal(signal.SIGTERM)
    _, errors = server.communicate(timeout=PATIENCE_SECONDS)
    assert server.returncode == 0, errors


def test_a_console_for_one_person_is_not_served(installed: Path, home: Path) -> None:
    done = run(installed, home, "serve", CONSOLE_ENV="local", ENV_FILE="/dev/null")
    assert done.returncode == 2
    assert "ptcconsole live" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_that_are_unsafe_are_said_before_anything_listens(
    installed: Path, home: Path
) -> None:
    done = run(installed, home, "serve", CONSOLE_ENV="production", ENV_FILE="/dev/null")
    assert done.returncode == 2
    assert "The console does not start: " in done.stderr
    assert "SECRET_KEY is missing" in done.stderr
