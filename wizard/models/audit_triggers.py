"""The triggers that keep the audit trail append-only, in the SQL of SQLite and of PostgreSQL.

The triggers refuse every UPDATE, DELETE and TRUNCATE of audit rows, whoever sends the statement,
the console included. The one row of AuditHead may only advance to a later row of the trail.

A migration calls `create` and `drop`. On SQLite, a migration that alters one of the two tables
rebuilds the table and thereby drops its triggers: it must call `create` again at its end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_MESSAGE: Final = "the audit trail is append-only"
# True unless the head advances to a later row, which has been inserted already.
_IS_NO_ADVANCE: Final = """NEW.id <> OLD.id OR NEW.sequence <= OLD.sequence OR NOT EXISTS (
    SELECT 1 FROM wizard_auditevent WHERE sequence = NEW.sequence AND seal = NEW.seal)"""
_NO_STEP_BACK: Final = f"BEFORE UPDATE ON wizard_audithead WHEN {_IS_NO_ADVANCE}"

# Trigger name to the clause that says when it fires.
_SQLITE: Final = {
    "wizard_auditevent_no_update": "BEFORE UPDATE ON wizard_auditevent",  # guard: D2
    "wizard_auditevent_no_delete": "BEFORE DELETE ON wizard_auditevent",  # guard: D2
    # INSERT OR REPLACE deletes a row without firing its delete trigger.
    "wizard_auditevent_no_replace": "BEFORE INSERT ON wizard_auditevent WHEN EXISTS"
    " (SELECT 1 FROM wizard_auditevent WHERE sequence = NEW.sequence)",
    "wizard_audithead_no_step_back": _NO_STEP_BACK,  # guard: D2
    "wizard_audithead_no_delete": "BEFORE DELETE ON wizard_audithead",  # guard: D2
    "wizard_audithead_no_replace": "BEFORE INSERT ON wizard_audithead WHEN EXISTS"
    " (SELECT 1 FROM wizard_audithead)",
}
_POSTGRESQL: Final = {
    "wizard_auditevent_no_change": "BEFORE UPDATE OR DELETE ON wizard_auditevent FOR EACH ROW",
    "wizard_auditevent_no_truncate": "BEFORE TRUNCATE ON wizard_auditevent FOR EACH STATEMENT",
    "wizard_audithead_no_step_back": "BEFORE UPDATE ON wizard_audithead FOR EACH ROW",
    "wizard_audithead_no_delete": "BEFORE DELETE ON wizard_audithead FOR EACH ROW",
    "wizard_audithead_no_truncate": "BEFORE TRUNCATE ON wizard_audithead FOR EACH STATEMENT",
}
# PostgreSQL's triggers call functions: one refuses everything, one refuses all but an advance.
_REFUSE: Final = "wizard_auditevent_refuse"
_ADVANCE: Final = "wizard_audithead_step_on"
_FUNCTIONS: Final = {
    _REFUSE: f"BEGIN RAISE EXCEPTION '{_MESSAGE}'; END",
    _ADVANCE: f"BEGIN IF {_IS_NO_ADVANCE} THEN RAISE EXCEPTION '{_MESSAGE}'; END IF;"
    " RETURN NEW; END",
}

# The triggers that each vendor must have: `manage.py verify_audit` reports a missing one.
NAMES: Final = {"sqlite": frozenset(_SQLITE), "postgresql": frozenset(_POSTGRESQL)}


def create(editor: BaseDatabaseSchemaEditor) -> None:
    """Create all triggers; those that exist are replaced."""
    drop(editor)
    if editor.connection.vendor == "sqlite":
        for name in _SQLITE:
            editor.execute(_sqlite_trigger(name))
        return
    for name, body in _FUNCTIONS.items():
        editor.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
    for name, when in _POSTGRESQL.items():
        function = _ADVANCE if name.endswith("_step_back") else _REFUSE
        editor.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {function}()")


def create_head(editor: BaseDatabaseSchemaEditor) -> None:
    """Create the head of an empty trail, so that a head that is missing later was deleted."""
    empty = "''" if editor.connection.vendor == "postgresql" else "x''"
    editor.execute(
        f"INSERT INTO wizard_audithead (id, sequence, seal) SELECT 1, 0, {empty}"  # noqa: S608
        " WHERE NOT EXISTS (SELECT 1 FROM wizard_audithead)"
    )


def drop(editor: BaseDatabaseSchemaEditor) -> None:
    """Drop all triggers that exist, and their functions."""
    if editor.connection.vendor == "sqlite":
        for name in _SQLITE:
            editor.execute(f"DROP TRIGGER IF EXISTS {name}")
        return
    for name in _POSTGRESQL:
        table = name.partition("_no_")[0]
        editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
    for name in _FUNCTIONS:
        editor.execute(f"DROP FUNCTION IF EXISTS {name}()")


@contextmanager
def deletion_allowed(cursor: Any) -> Iterator[None]:
    """Let the block delete audit rows. Call it in a transaction, which locks the table."""
    if connection.vendor == "sqlite":
        name = "wizard_auditevent_no_delete"
        cursor.execute(f"DROP TRIGGER {name}")
        yield
        cursor.execute(_sqlite_trigger(name))
        return
    table, name = "wizard_auditevent", "wizard_auditevent_no_change"
    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    yield
    cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")


def _sqlite_trigger(name: str) -> str:
    return f"CREATE TRIGGER {name} {_SQLITE[name]} BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
