"""Audit rows for tests, and what somebody could do to them who has the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connection

from tests.person import ACCOUNT, REGION
from wizard.domain.regions import Target
from wizard.models import AuditEvent, AuditOutcome, audit_triggers
from wizard.services.audit.verification import Head, current_head
from wizard.services.audit.writing import audited, record_event

TARGET = Target(account_id=ACCOUNT, region=REGION)


def sql(statement: str, *values: Any) -> None:
    """What somebody does who reaches the database past the console."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def without_triggers() -> Iterator[None]:
    """The database of somebody who has taken the triggers off, and puts them on again after."""
    # Not entered: SQLite's editor cannot begin inside a transaction, and it need not.
    editor = connection.schema_editor()
    audit_triggers.drop(editor)
    yield
    audit_triggers.create(editor)


def tamper(statement: str, *values: Any) -> None:
    """The same, and they know how to take the triggers off and leave no trace of that."""
    with without_triggers():
        sql(statement, *values)


def happen(count: int, subject: str = "quay") -> None:
    """So many events of the console."""
    for _ in range(count):
        record_event("SignIn", subject=subject, outcome=AuditOutcome.SUCCEEDED)


def change(subject: str = "quay", *, target: Target = TARGET, **facts: Any) -> None:
    """A change that comes to be, without any AWS: two rows."""
    with audited("DeletePullThroughCacheRule", target=target, subject=subject, **facts):
        pass


def rows() -> list[AuditEvent]:
    """The trail from its beginning on."""
    return list(AuditEvent.objects.order_by("sequence"))


def head() -> Head:
    return current_head()


def verify(*options: str) -> tuple[bool, str]:
    """What `manage.py verify_audit` comes to: whether the trail is whole, and its words."""
    output = StringIO()
    try:
        call_command("verify_audit", *options, stdout=output, stderr=output)
    except CommandError as error:
        return False, f"{output.getvalue()}{error} (exit code {error.returncode})"
    return True, output.getvalue()
