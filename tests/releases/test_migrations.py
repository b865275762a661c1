"""Migrations run while the version before them serves: they add, and take nothing away.

A server of pages or a worker of the old version inserts and reads rows until it is restarted. So a
new column has a default in the database or may be NULL, and what the code does not use any more is
removed one release later.
"""

import pytest
from django.db import connection, models
from django.db.migrations import AddField, AddIndex, CreateModel, RemoveField, RenameField
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

# The first release makes a new database.
FIRST = {"0001_initial", "0002_audit_triggers"}
ADDING = (CreateModel, AddIndex)


def is_additive(operation: Operation) -> bool:
    if isinstance(operation, AddField):
        field = operation.field
        return bool(field.null or field.many_to_many) or field.has_db_default()
    return isinstance(operation, ADDING)


@pytest.mark.django_db
def test_migrations_of_a_release_only_add() -> None:
    migrations = MigrationLoader(connection).disk_migrations
    ours = {name: each for (app, name), each in migrations.items() if app == "wizard"}
    assert set(ours) >= FIRST
    taking = [
        f"{name}: {operation.describe()}"
        for name, migration in ours.items()
        if name not in FIRST
        for operation in migration.operations
        if not is_additive(operation)
    ]
    assert taking == [], "see CONTRIBUTING.md, 'A release'"


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (AddField("alert", "note", models.TextField(null=True)), True),
        (AddField("alert", "note", models.TextField(db_default="")), True),
        (AddField("alert", "note", models.TextField(default="")), False),
        (AddField("alert", "note", models.TextField()), False),
        (RemoveField("alert", "note"), False),
        (RenameField("alert", "note", "text"), False),
        (CreateModel("thing", []), True),
    ],
)
def test_what_the_old_version_cannot_live_with_is_known(
    operation: Operation, expected: bool
) -> None:
    assert is_additive(operation) is expected
