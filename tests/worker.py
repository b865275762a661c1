"""The background worker, run until its queue is empty, in this process or in a separate one.

Other processes on the test's database are started here, too.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django_tasks_db.management.commands import db_worker

from tests import forking

ROOT = Path(__file__).resolve().parents[1]


def work() -> None:
    """Do what is due and queued, as `manage.py worker` does it, and come back.

    It keeps the test's connection, as Django's test client does: closing it ends its transaction.
    """
    with patch(f"{db_worker.__name__}.close_old_connections"):
        call_command("worker", batch=True)


def start_worker(*options: str) -> "subprocess.Popen[str]":
    """Start a worker in a separate process, on the test's database, key and simulated AWS."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "worker", *options],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": _SETTINGS,
            "SECRET_KEY": settings.SECRET_KEY,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


_SETTINGS = "ptcconsole.settings"


def end_of_module(name: str, *words: str) -> int:
    """Run a module of the tests in a separate process, on the test's database and simulated AWS.

    It returns the exit code, or for a process that was killed the number of the signal below zero.
    """
    settings = {"TEST_DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return forking.end_of(name, *words, environment=os.environ | settings)


def database_url() -> str:
    """Return the URL of the test's database, for another process."""
    database: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    login = quote(database["USER"])
    return f"postgres://{login}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
