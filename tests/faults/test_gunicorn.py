"""Proxies, forwarded headers and slow clients, against gunicorn as production starts it."""

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.marks import ROOT
from tests.faults.production import HOST, VARIABLES

TIMEOUT = 120
FORWARDED = {
    "nothing": {},
    "Proto": {"X-Forwarded-Proto": "https"},
    "Ssl": {"X-Forwarded-Ssl": "on"},
    "Protocol": {"X-Forwarded-Protocol": "ssl"},
    "Forwarded": {"Forwarded": "proto=https"},
    "contradiction": {"X-Forwarded-Proto": "http", "X-Forwarded-Ssl": "on"},
    "another case": {"x-forwarded-proto": "HTTPS"},
}


def environment(folder: Path) -> dict[str, str]:
    """The variables of a console in production with its data in that folder."""
    fixed = {"PATH": os.defpath, "ENV_FILE": os.devnull, "DATA_DIR": str(folder)}
    return {**fixed, **VARIABLES}


@contextmanager
def server(folder: Path, **more: str) -> Iterator[int]:
    """Gunicorn with two workers, its shipped configuration and production settings; its port."""
    (folder / "static").mkdir(exist_ok=True)  # what `collectstatic` makes
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "log").open("wb") as log:
        port: int = listener.getsockname()[1]
        command = ["-m", "gunicorn", "--config", "python:ptcconsole.gunicorn_conf"]
        command += ["--bind", f"fd://{listener.fileno()}", "--no-control-socket"]
        command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
        process = subprocess.Popen(
            [sys.executable, *command, "ptcconsole.wsgi"],
            cwd=ROOT,
            env={**environment(folder), **more},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno()],
        )
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def ask(port: int, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """The status of the answer, and where it redirects to."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)) as connection:
        connection.request("GET", path, headers={"Host": HOST, **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", "")


TO_TLS = (301, f"https://{HOST}/")


@pytest.mark.promise("H6")
def test_without_a_proxy_no_header_makes_a_request_secure(tmp_path: Path) -> None:
    """The client is on the same machine, which gunicorn trusts by default."""
    with server(tmp_path, BEHIND_TLS_PROXY="false") as port:
        answers = {kind: ask(port, "/", headers) for kind, headers in FORWARDED.items()}
        paths = {"SCRIPT_NAME": "/elsewhere", "PATH_INFO": "/account/"}
        moved = {name: ask(port, "/", {name: value}) for name, value in paths.items()}
    assert answers == dict.fromkeys(FORWARDED, TO_TLS)
    assert moved == dict.fromkeys(paths, TO_TLS)
    assert "BEHIND_TLS_PROXY" not in (tmp_path / "log").read_text()


@pytest.mark.promise("H6")
def test_behind_a_proxy_its_header_alone_decides(tmp_path: Path) -> None:
    with server(tmp_path, BEHIND_TLS_PROXY="true") as port:
        answers = {kind: ask(port, "/", headers)[0] for kind, headers in FORWARDED.items()}
    # 302: the console's own redirect to the sign-in page.
    assert {kind for kind, status in answers.items() if status == 302} == {"Proto"}
    assert {status for kind, status in answers.items() if kind != "Proto"} == {301}


@pytest.mark.promise("H6")
def test_a_production_console_says_that_nobody_decided(tmp_path: Path) -> None:
    with server(tmp_path) as port:
        assert ask(port, "/", FORWARDED["Proto"]) == TO_TLS
    assert "BEHIND_TLS_PROXY is not set" in (tmp_path / "log").read_text()
    check = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode != 0
    assert "wizard.W002" in check.stderr


STALLED = {
    "head": f"GET / HTTP/1.1\r\nHost: {HOST}\r\n",
    "body": f"POST /sign-in/ HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nname",
}


@pytest.mark.promise("B9")
def test_connections_that_stall_hold_the_threads_for_a_limited_time(tmp_path: Path) -> None:
    """More of them than there are threads; nobody but the server ends them."""
    with server(tmp_path, BEHIND_TLS_PROXY="true") as port, ExitStack() as stack:
        assert ask(port, "/", {}) == TO_TLS
        for number in range(12):
            stalled = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            stalled.sendall(list(STALLED.values())[number % 2].encode())
        assert ask(port, "/", {}) == TO_TLS
