"""`manage.py backup`: a consistent copy of the SQLite database while the console runs."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection


class Command(BaseCommand):
    help = (
        "Copy the SQLite database into a new file, with what is in its write-ahead log (WAL). The"
        " console can run meanwhile. For PostgreSQL, use pg_dump."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the copy; must not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if connection.vendor == "postgresql":
            raise CommandError(
                "The database is PostgreSQL: use pg_dump --format=custom, and pg_restore."
            )
        unfinished = path.with_name(f"{path.name}.unfinished")
        try:
            # The copy has the sessions of people, so that only its owner reads it.
            os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            try:
                _copy(unfinished)
                os.link(unfinished, path)
            finally:
                unfinished.unlink()
        except (OSError, sqlite3.Error) as error:
            raise CommandError(f"No backup was made: {error}") from error
        self.stdout.write(f"{path}: {path.stat().st_size:,} bytes")


def _copy(path: Path) -> None:
    """Copy the database with SQLite's backup API, and check the copy. Raises sqlite3.Error."""
    source = Path(str(connection.settings_dict["NAME"])).resolve()
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as live,
        closing(sqlite3.connect(path)) as copy,
    ):
        live.backup(copy)
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        (found,) = copy.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(f"the copy is damaged: {found}")
