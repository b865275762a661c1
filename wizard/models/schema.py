"""Whether the tables of a database were made by this version's migrations or by another version's.

`manage.py migrate` and `manage.py check --database default` run this through `wizard.checks`. A
database of another version is reported by name and left unchanged: applying this version's
migrations to it would result in a mixture of two schemas.
"""

from pathlib import Path

from django.conf import settings
from django.core.checks import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model

_APP = "wizard"


def schema_error(connection: BaseDatabaseWrapper) -> Error | None:
    """The error about a database of another version; None for an empty one or this version's."""
    loader = MigrationLoader(connection)
    applied = [node for node in loader.applied_migrations if node[0] == _APP]
    unknown = [name for app, name in applied if (app, name) not in loader.disk_migrations]
    if unknown:  # guard: D4
        return _error(connection, f"unknown migrations ({', '.join(sorted(unknown))})")
    different = _different_tables(connection, loader, applied)
    if different:  # guard: D4
        return _error(connection, f"tables with other columns ({', '.join(different)})")
    return None


def _different_tables(
    connection: BaseDatabaseWrapper, loader: MigrationLoader, applied: list[tuple[str, str]]
) -> list[str]:
    """The tables whose columns, or their types, are not those of the applied migrations."""
    if not applied:
        return []
    models = loader.project_state(applied).apps.get_app_config(_APP).get_models()
    return sorted(
        model._meta.db_table
        for model in models
        if _columns_of(connection, model) != _columns(connection, model._meta.db_table)
    )


def _columns_of(connection: BaseDatabaseWrapper, model: type[Model]) -> set[tuple[str, str]]:
    """The columns of a model with their types."""
    fields = model._meta.local_concrete_fields
    return {(str(field.column), _type(connection, field.db_type(connection))) for field in fields}


def _columns(connection: BaseDatabaseWrapper, table: str) -> set[tuple[str, str]]:
    """The columns of a table with their types; none if it does not exist."""
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return set()
        found = connection.introspection.get_table_description(cursor, table)
    return {(column.name, _type(connection, column.type_code)) for column in found}


def _type(connection: BaseDatabaseWrapper, declared: object) -> str:
    """The type of a column as SQLite has it; other databases name the same type differently."""
    return str(declared).partition("(")[0].lower() if connection.vendor == "sqlite" else ""


def _error(connection: BaseDatabaseWrapper, reason: str) -> Error:
    name, remedy = _name_and_remedy(connection)
    return Error(
        f"The database {name} was made by another version of the console: it has {reason}.",
        hint=f"{remedy}, or go on with the version (the commit) of the console that made it.",
        id="wizard.E005",
    )


def _name_and_remedy(connection: BaseDatabaseWrapper) -> tuple[str, str]:
    """The database without its password, and how to begin with an empty one."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite":
        host = connection.settings_dict["HOST"] or "localhost"
        return f"{name} on {host}", "Create an empty database and name it in DATABASE_URL"
    folder = Path(settings.DATA_DIR).resolve()
    path = Path(name).resolve()
    aside = folder if path.is_relative_to(folder) else path
    return str(path), f"Set it aside (mv {aside} {aside}.old)"
