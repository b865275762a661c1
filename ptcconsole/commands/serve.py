"""`ptcconsole serve`: gunicorn with the console's settings, for a team, behind a proxy with TLS.

The process becomes gunicorn's, so that signals of a service manager reach it. Static files are
collected before, because those of another version would make each page an error.

With METRICS_BIND, gunicorn listens on a second address. Its worker processes count in files of a
folder, which is emptied at each start.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

from django.core.exceptions import ImproperlyConfigured

from ptcconsole.commands import loopback
from ptcconsole.commands.ends import NotStarted

# With 8 threads, one Region that hangs, or one person, holds at most half of a worker process.
_THREADS: Final = 8


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bind", default="127.0.0.1:8000", help="address and port, or unix:PATH")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--threads", type=int, default=_THREADS, help="of each process; at least 8")
    parser.add_argument("--access-log", action="store_true", help="a line for each request")


def run(options: argparse.Namespace) -> NoReturn:
    """Collect the static files, then become gunicorn."""
    # Of before the settings are read: those of a file, with their secrets, stay out of it.
    environment = dict(os.environ)
    try:
        from ptcconsole import settings
    except ImproperlyConfigured as error:
        raise NotStarted(str(error)) from error
    if not settings.IS_PRODUCTION:
        raise NotStarted(
            "CONSOLE_ENV is local. This command is for a team; `ptcconsole live` starts a console"
            " on this machine only."
        )
    if settings.METRICS_BIND:
        _refuse_shared(options.bind, settings.METRICS_BIND)
    loopback.manage(environment, "collectstatic", "--noinput", "--verbosity", "0")
    words = [
        *("--config", "python:ptcconsole.gunicorn_conf"),
        *("--bind", options.bind),
        *("--worker-class", "gthread"),
        *("--workers", str(options.workers)),
        *("--threads", str(options.threads)),
        *(("--access-logfile", "-") if options.access_log else ()),
        "--no-control-socket",
    ]
    environment["LOG_FORMAT"] = settings.LOG_FORMAT  # of gunicorn's own log
    if settings.METRICS_BIND:
        words += ["--bind", settings.METRICS_BIND]
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(_emptied(settings.DATA_DIR / "metrics"))
    _become([sys.executable, "-m", "gunicorn", *words, "ptcconsole.wsgi"], environment)


def _refuse_shared(bind: str, metrics_bind: str) -> None:
    """Metrics and pages are told apart by their ports. Beside fd://, gunicorn binds nothing."""
    if bind.startswith("fd://"):
        raise NotStarted("With METRICS_BIND, --bind needs an address or unix:PATH, not fd://.")
    if bind.rpartition(":")[2] == metrics_bind.rpartition(":")[2]:
        raise NotStarted("METRICS_BIND needs another port than --bind.")


def _emptied(folder: Path) -> Path:
    """Return the folder without the counts of an earlier start."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob("*.db"):
            left.unlink()
    except OSError as error:
        raise NotStarted(f"{folder} cannot be written: {error.strerror}.") from error
    return folder


def _become(command: list[str], environment: Mapping[str, str]) -> NoReturn:
    os.execve(command[0], command, environment)  # noqa: S606
