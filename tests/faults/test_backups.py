"""A backup that is made while several processes write is restored as OPERATIONS.md says it."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.own_database import OwnDatabase
from tests.servers import postgresql_program

pytestmark = pytest.mark.promise("D4")

WRITERS = 3
# Each transaction writes a row of the audit trail and an alert. A copy with one of the two is torn.
WRITER = """
import django
django.setup()
from django.db import transaction
from wizard.models import Alert, AuditOutcome
from wizard.services.audit.writing import record_event
while True:
    with transaction.atomic():
        record_event("Test", subject="a row", outcome=AuditOutcome.SUCCEEDED)
        Alert.objects.create(
            account_id="123456789012", region="us-east-1", ecr_repository_prefix="x", kind="failed"
        )
    print("written", flush=True)
"""
COUNT = """
import django
django.setup()
from wizard.models import Alert, AuditEvent
print(AuditEvent.objects.filter(action="Test").count(), Alert.objects.count())
"""


def read(writers: list["subprocess.Popen[str]"], lines: int) -> None:
    """Wait until each of them has written that many times."""
    for writer in writers:
        assert writer.stdout is not None
        for _ in range(lines):
            assert writer.stdout.readline() == "written\n"


@contextmanager
def writing(database: OwnDatabase) -> Iterator[list["subprocess.Popen[str]"]]:
    """Inside the block, several processes write; at its end they are killed."""
    with ExitStack() as stack:
        writers = [stack.enter_context(database.start("-c", WRITER)) for _number in range(WRITERS)]
        try:
            read(writers, 5)
            yield writers
            # All of them went on during the backup, and after it.
            read(writers, 5)
        finally:
            for writer in writers:
                writer.send_signal(signal.SIGKILL)


def counted(database: OwnDatabase) -> int:
    """Return how many transactions the database has; each is there as a whole."""
    events, alerts = map(int, database.run("-c", COUNT).split())
    assert events == alerts
    return events


def head_of(database: OwnDatabase) -> str:
    """Verify the trail; return the head as `verify_audit --head` takes it."""
    found = re.search(r"\b(\d+:[0-9a-f]{16,})", database.manage("verify_audit"))
    assert found is not None
    return found[1]


def prove(copy: OwnDatabase, live: OwnDatabase) -> None:
    """The copy is whole, usable and older than what was written afterwards, which is noticed."""
    copy.manage("migrate", "--check")
    head_of(copy)
    restored = counted(copy)
    assert WRITERS * 5 <= restored < counted(live)
    later = head_of(live)
    assert "the head that you gave" in copy.manage("verify_audit", "--head", later, code=1)
    with writing(copy):
        pass
    head_of(copy)
    assert counted(copy) > restored


def test_sqlite_is_restored_with_the_log_of_the_old_database_moved_away(tmp_path: Path) -> None:
    live = OwnDatabase(folder=tmp_path / "data")
    live.manage("migrate", "--verbosity", "0")
    copy = tmp_path / "copy.sqlite3"
    with writing(live):
        live.manage("backup", str(copy))
    # What processes leave that were killed.
    names = [f"console.sqlite3{end}" for end in ("", "-wal", "-shm")]
    assert all((live.folder / name).exists() for name in names)
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.sqlite3"]
    aside = OwnDatabase(folder=tmp_path / "aside")
    aside.folder.mkdir()
    for name in names:
        (live.folder / name).rename(aside.folder / name)
    shutil.copy(copy, live.sqlite)
    prove(live, aside)


def test_a_backup_that_is_killed_leaves_no_copy_of_that_name(tmp_path: Path) -> None:
    """A part of a copy would look like one."""
    database = OwnDatabase(folder=tmp_path / "data")
    database.manage("migrate", "--verbosity", "0")
    with closing(sqlite3.connect(database.sqlite)) as connection, connection:
        connection.execute("CREATE TABLE ballast (text)")
        connection.executemany(
            "INSERT INTO ballast VALUES (?)", (("x" * 100_000,) for _ in range(500))
        )
    copy = tmp_path / "copy.sqlite3"
    unfinished = tmp_path / "copy.sqlite3.unfinished"
    process = database.start("manage.py", "backup", str(copy))
    while not unfinished.exists():
        assert process.poll() is None
    process.kill()
    process.communicate()
    assert not copy.exists()
    assert str(unfinished) in database.manage("backup", str(copy), code=1)
    unfinished.unlink()
    database.manage("backup", str(copy))
    assert copy.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def new_database() -> Iterator[Callable[[str], str]]:
    """Create databases on the tests' PostgreSQL by name, and drop them at the end."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server.startswith("postgres"):
        pytest.skip("runs on PostgreSQL: make servers")
    with psycopg.connect(server, autocommit=True) as connection, ExitStack() as stack:

        def create(name: str) -> str:
            connection.execute(f"CREATE DATABASE {name}")
            stack.callback(connection.execute, f"DROP DATABASE {name} WITH (FORCE)")
            return f"{server.rpartition('/')[0]}/{name}"

        yield create


def test_postgresql_is_dumped_while_processes_write_and_restored_into_an_empty_database(
    new_database: Callable[[str], str], tmp_path: Path
) -> None:
    live = OwnDatabase(folder=tmp_path / "live", url=new_database("backup_live"))
    copy = OwnDatabase(folder=tmp_path / "copy", url=new_database("backup_copy"))
    live.manage("migrate", "--verbosity", "0")
    file = tmp_path / "copy.dump"
    with writing(live):
        run("pg_dump", "--format=custom", f"--file={file}", live.url)
    run("pg_restore", "--exit-on-error", f"--dbname={copy.url}", str(file))
    prove(copy, live)


def run(name: str, *words: str) -> None:
    """Run one of PostgreSQL's programs."""
    done = subprocess.run(
        [str(postgresql_program(name)), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
