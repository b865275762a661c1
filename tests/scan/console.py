"""The console with production settings, over TLS and with content, for the scanner."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.scan.certificate import HOST, Certificate, make_certificate
from tests.scan.wapiti import Login

ROOT = Path(__file__).resolve().parents[2]
OPERATOR = "scanner"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedConsole:
    """Its URL, the operator's credentials, its addresses by name, and its log."""

    url: str
    login: Login
    cookies: dict[str, str]
    addresses: dict[str, str]
    certificate: Path
    log: Path


@contextmanager
def scanned_console(folder: Path) -> Iterator[ScannedConsole]:
    """gunicorn on a free port with the settings of production, until the scan is over."""
    environment, password = _environment(folder), secrets.token_urlsafe(16)
    files = make_certificate(folder)
    furnished = _furnish(environment, password)
    with socket.create_server((HOST, 0)) as listener:
        url = f"https://{HOST}:{listener.getsockname()[1]}"
        log = folder / "console.log"
        with log.open("wb") as file, _server(listener, environment, files, file.fileno()):
            yield ScannedConsole(
                url=url,
                login=Login(url=f"{url}/sign-in/", username=OPERATOR, password=password),
                cookies=furnished["cookies"],
                addresses=furnished["addresses"],
                certificate=files.certificate,
                log=log,
            )


def _environment(folder: Path) -> dict[str, str]:
    """Production's environment, with this test's simulated AWS."""
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    return {
        **aws,
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "tests.scan.settings",
        "ENV_FILE": os.devnull,
        "CONSOLE_ENV": "production",
        "DATA_DIR": str(folder),
        "SECRET_KEY": secrets.token_urlsafe(60),
        "AUDIT_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": HOST,
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
    }


def _furnish(environment: dict[str, str], password: str) -> dict[str, dict[str, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.scan.furnished", password],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    furnished: dict[str, dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    return furnished


@contextmanager
def _server(
    listener: socket.socket, environment: dict[str, str], files: Certificate, log: int
) -> Iterator[None]:
    options = {
        "--config": "python:ptcconsole.gunicorn_conf",
        "--bind": f"fd://{listener.fileno()}",
        "--certfile": str(files.certificate),
        "--keyfile": str(files.key),
        "--worker-class": "gthread",
        "--threads": "8",
        "--log-level": "warning",
        "--workers": "2",
    }
    words = [word for option in options.items() for word in option]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *words, "--no-control-socket", "ptcconsole.wsgi"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=(listener.fileno(),),
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()
