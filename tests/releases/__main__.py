"""`python -m tests.releases`: write the database of this version, as SQL, beside this file.

The tables are those of `migrate`. The rows are those of `make run` at its first start: people,
grants, an API token, validations, operations, a schedule, an expiry date and the audit trail. An
alert is added. Nothing of it is secret, and the trail's key is that of `tests/own_database.py`.
"""

import os
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import django

from ptcconsole import __version__
from ptcconsole.fakeaws import demo
from ptcconsole.fakeaws.callers import EXAMPLE_KEY, EXAMPLE_SECRET
from ptcconsole.fakeaws.server import FakeAws
from tests.own_database import OwnDatabase

HERE = Path(__file__).parent


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, FakeAws() as aws:
        database = OwnDatabase(folder=Path(folder))
        os.environ |= {
            **database.environment,
            "AWS_ACCESS_KEY_ID": EXAMPLE_KEY,
            "AWS_SECRET_ACCESS_KEY": EXAMPLE_SECRET,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_DEFAULT_REGION": "us-east-2",
            "AWS_ENDPOINT_URL": aws.url,
            "SIMULATED_AWS": "true",
        }
        _fill(aws.url)
        lines = _dump(database.sqlite)
    file = HERE / f"{__version__}.sql"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    sys.stdout.write(f"{file.name}: {file.stat().st_size:,} bytes\n")
    return 0


def _fill(aws_url: str) -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from wizard.models import Alert, AlertDelivery

    call_command("migrate", verbosity=0)
    demo.seed(aws_url)
    call_command("demohistory", "admin")
    alert = Alert.objects.create(
        account_id="123456789012",
        region="us-east-2",
        ecr_repository_prefix="docker-hub",
        kind="failed",
        reason="The upstream registry refused the credentials.",
    )
    AlertDelivery.objects.create(alert=alert, channel="webhook", attempts=3, failure="HTTP 500")
    connections.close_all()


def _dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


if __name__ == "__main__":
    sys.exit(main())
