"""Empties the database after a test that commits, in a fraction of the time of Django's `flush`.

`flush` empties every table and makes the rows of `post_migrate` again. Most tables have no rows,
and no test changes those of content types, permissions and groups.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

from wizard.models import audit_triggers

_KEPT: Final = {
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
}
# Every database has the head of the audit trail; it is empty as long as nothing was appended.
_HEAD: Final = "wizard_audithead"
_TRIGGERS: Final = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger",
}


def empty() -> None:
    """Delete all rows that a test has committed, those of the audit trail as well."""
    if tables := _filled_tables():
        with _without_triggers(), connection.cursor() as cursor:
            for name in tables:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")
    _make_audit_trail_as_new()


def _filled_tables() -> list[str]:
    names = sorted(set(connection.introspection.django_table_names()) - _KEPT)
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(name)}"
        f"{' WHERE sequence > 0' if name == _HEAD else ''})"
        for name in names
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [name for (name,) in cursor.fetchall()]


@contextmanager
def _without_triggers() -> Iterator[None]:
    """Neither foreign keys nor the triggers that keep the audit trail append-only."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            yield
            cursor.execute("SET session_replication_role = origin")
        return
    with connection.constraint_checks_disabled(), connection.schema_editor() as editor:
        audit_triggers.drop(editor)
        yield


def _make_audit_trail_as_new() -> None:
    """The triggers that were dropped, by a test or here, and the head."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS[connection.vendor])
        found = {name for (name,) in cursor.fetchall()}
    with connection.schema_editor() as editor:
        if not found >= audit_triggers.NAMES[connection.vendor]:
            audit_triggers.create(editor)
        audit_triggers.create_head(editor)
