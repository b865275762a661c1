"""Each way to start the console reports a database of another version and leaves it unchanged."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from wizard.checks import check_the_database_is_of_this_version
from wizard.models.schema import schema_error

ROOT = Path(__file__).resolve().parents[2]
MIGRATE = ("manage.py", "migrate")
CHECK = ("manage.py", "check", "--database", "default")
RUN = ("-m", "ptcconsole", "run", "--port", "0")

pytestmark = pytest.mark.promise("D4")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One command of the console on the data in this folder."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            **{"DATA_DIR": str(folder), "CONSOLE_ENV": "local", "ENV_FILE": os.devnull},
            "DJANGO_SETTINGS_MODULE": "ptcconsole.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "console.sqlite3")) as database, database:
        for statement in statements:
            database.execute(statement)


def applied(name: str) -> str:
    return (
        "INSERT INTO django_migrations (app, name, applied)"
        f" VALUES ('wizard', '{name}', '2026-11-24')"
    )


def schema_of(folder: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(folder / "console.sqlite3")) as database:
        return database.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def with_later_migrations(folder: Path) -> None:
    change(folder, applied("0003_bulk_validation_and_health"), applied("0012_last_single_sign_on"))


def with_the_first_migration_alone(folder: Path) -> None:
    """What the very first commits left: a migration of the same name, with fewer tables."""
    change(
        folder,
        "DELETE FROM django_migrations WHERE app = 'wizard' AND name <> '0001_initial'",
        "DROP TABLE wizard_auditevent",
        "DROP TABLE wizard_audithead",
    )


def with_a_column_less(folder: Path) -> None:
    """What a commit left whose 0001_initial was another."""
    change(folder, "ALTER TABLE wizard_operation DROP COLUMN waiting_since")


def with_a_column_of_another_type(folder: Path) -> None:
    change(
        folder,
        "ALTER TABLE wizard_operation DROP COLUMN waiting_since",
        "ALTER TABLE wizard_operation ADD COLUMN waiting_since bigint",
    )


@pytest.mark.parametrize(
    ("of_another_version", "named", "commands"),
    [
        (
            with_later_migrations,
            "(0003_bulk_validation_and_health, 0012_last_single_sign_on)",
            [MIGRATE, CHECK, RUN],
        ),
        (with_the_first_migration_alone, "(wizard_auditevent, wizard_audithead)", [MIGRATE]),
        (with_a_column_less, "(wizard_operation)", [MIGRATE]),
        (with_a_column_of_another_type, "(wizard_operation)", [MIGRATE]),
    ],
)
def test_a_data_folder_of_another_version_is_named_and_left_alone(
    tmp_path: Path,
    of_another_version: Callable[[Path], None],
    named: str,
    commands: list[tuple[str, ...]],
) -> None:
    folder = tmp_path / "data"
    first = run(folder, "manage.py", "migrate", "--verbosity", "0")
    assert first.returncode == 0, first.stderr
    of_another_version(folder)
    before = schema_of(folder)
    for command in commands:
        answer = run(folder, *command)
        assert answer.returncode != 0, command
        assert f"The database {folder / 'console.sqlite3'} was made by another" in answer.stderr
        assert named in answer.stderr
        assert f"mv {folder} {folder}.old" in answer.stderr
        assert "Traceback" not in answer.stderr
    assert schema_of(folder) == before


def test_a_data_folder_of_this_version_is_gone_on_with(tmp_path: Path) -> None:
    for _ in range(2):
        answer = run(tmp_path, "manage.py", "migrate", "--verbosity", "0")
        assert (answer.returncode, answer.stderr) == (0, "")
    assert run(tmp_path, "manage.py", "check", "--database", "default").returncode == 0


@pytest.mark.django_db
def test_a_database_is_named_without_its_password() -> None:
    """On either kind of server."""
    assert schema_error(connection) is None
    with connection.cursor() as cursor:
        cursor.execute(applied("0012_last_single_sign_on"))
    error = schema_error(connection)
    assert error is not None
    assert str(connection.settings_dict["NAME"]) in error.msg
    assert "0012_last_single_sign_on" in error.msg
    password = connection.settings_dict["PASSWORD"]
    assert not password or password not in f"{error.msg}{error.hint}"


def test_a_table_of_migrations_that_cannot_be_read_is_told_without_a_traceback(
    tmp_path: Path,
) -> None:
    change(tmp_path, "CREATE TABLE django_migrations (id integer)")
    done = run(tmp_path, *CHECK)
    assert done.returncode == 1
    assert "wizard.E006" in done.stderr
    assert "no such column" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(connection.vendor != "postgresql", reason="roles are PostgreSQL's")
def test_a_role_that_may_not_read_is_told(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE reader_of_nothing")
        cursor.execute("SET ROLE reader_of_nothing")
    try:
        (error,) = check_the_database_is_of_this_version(databases=["default"])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP ROLE reader_of_nothing")
    assert error.id == "wizard.E006"
    assert "permission denied" in error.msg
