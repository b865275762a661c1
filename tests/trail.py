"""Audit rows for tests, and ways to tamper with them in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connection

from tests.person import ACCOUNT, REGION
from wizard.domain import Target
from wizard.models import AuditEvent, AuditOutcome, audit_triggers
from wizard.services.audit import Head
from wizard.services.audit.verification import current_head
from wizard.services.audit.writing import audited, record_event

TARGET = Target(account_id=ACCOUNT, region=REGION)


def sql(statement: str, *values: Any) -> None:
    """Execute SQL in the database, without the console."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def without_triggers() -> Iterator[None]:
    """Remove the triggers inside the block, and create them again after it."""
    # Not entered: SQLite's editor cannot begin inside a transaction, and it need not.
    editor = connection.schema_editor()
    audit_triggers.drop(editor)
    yield
    audit_triggers.create(editor)


def tamper(statement: str, *values: Any) -> None:
    """Execute SQL with the triggers removed, and restore them."""
    with without_triggers():
        sql(statement, *values)


def happen(count: int, subject: str = "quay") -> None:
    """Write that number of events."""
    for _ in range(count):
        record_event("SignIn", subject=subject, outcome=AuditOutcome.SUCCEEDED)


def change(subject: str = "quay", *, target: Target = TARGET, **facts: Any) -> None:
    """Write a successful change, without calling AWS: two rows."""
    with audited("DeletePullThroughCacheRule", target=target, subject=subject, **facts):
        pass


def rows() -> list[AuditEvent]:
    """Return all rows in order."""
    return list(AuditEvent.objects.order_by("sequence"))


def head() -> Head:
    return current_head()


def verify(*options: str) -> tuple[bool, str]:
    """Run `manage.py verify_audit`; return whether the trail is intact, and the output."""
    output = StringIO()
    try:
        call_command("verify_audit", *options, stdout=output, stderr=output)
    except CommandError as error:
        return False, f"{output.getvalue()}{error} (exit code {error.returncode})"
    return True, output.getvalue()
