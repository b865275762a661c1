"""Whether the database role of the console could change the audit trail past its triggers.

On PostgreSQL the owner of a table can disable its triggers. So the role that the console uses must
not own the tables, and must have no more than SELECT and INSERT on the rows, and SELECT and UPDATE
on the head. SQLite has no roles.
"""

from typing import Final

from django.core.checks import Warning  # noqa: A004
from django.db.backends.base.base import BaseDatabaseWrapper

_SURPLUS: Final = {
    "wizard_auditevent": ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER"),
    "wizard_audithead": ("DELETE", "TRUNCATE", "TRIGGER"),
}


def ownership_warning(connection: BaseDatabaseWrapper) -> Warning | None:
    """Return the warning about the current role; None when it has only what it needs."""
    if connection.vendor != "postgresql":
        return None
    found = [f"{table}: {', '.join(rights)}" for table, rights in _surplus(connection).items()]
    if not found:
        return None
    return Warning(
        "The database role of the console could change the audit trail unnoticed by its triggers"
        f" ({'; '.join(found)}).",
        hint="Let another role own the tables: see 'A role that cannot change the audit trail' in"
        " OPERATIONS.md.",
        id="wizard.W003",
    )


def _surplus(connection: BaseDatabaseWrapper) -> dict[str, list[str]]:
    """Return what the role may do beyond its needs, by table."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for table in (name for name in _SURPLUS if name in tables):
            cursor.execute(
                "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class"
                " WHERE oid = %s::regclass",
                [table],
            )
            rights = ["owner"] if cursor.fetchone()[0] else []  # guard: D9
            for right in _SURPLUS[table]:
                cursor.execute("SELECT has_table_privilege(current_user, %s, %s)", [table, right])
                rights += [right] if cursor.fetchone()[0] else []  # guard: D9
            if rights:
                found[table] = rights
    return found
