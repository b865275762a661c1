"""`ptcconsole serve`: gunicorn with the console's settings, for a team, behind a proxy with TLS.

The process becomes gunicorn's, so that signals of a service manager reach it. Static files are
collected before, because those of another version would make each page an error.
"""

import argparse
import os
import sys
from typing import Final, NoReturn

from ptcconsole.commands import loopback

# With 8 threads, one Region that hangs, or one person, holds at most half of a worker process.
_THREADS: Final = 8


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bind", default="127.0.0.1:8000", help="address and port, or unix:PATH")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--threads", type=int, default=_THREADS, help="of each process; at least 8")
    parser.add_argument("--access-log", action="store_true", help="a line for each request")


def run(options: argparse.Namespace) -> NoReturn:
    """Collect the static files, then become gunicorn."""
    loopback.manage(os.environ, "collectstatic", "--noinput", "--verbosity", "0")
    words = [
        *("--config", "python:ptcconsole.gunicorn_conf"),
        *("--bind", options.bind),
        *("--worker-class", "gthread"),
        *("--workers", str(options.workers)),
        *("--threads", str(options.threads)),
        *(("--access-logfile", "-") if options.access_log else ()),
        "--no-control-socket",
    ]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *words, "ptcconsole.wsgi"])  # noqa: S606
