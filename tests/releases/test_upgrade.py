"""`migrate` brings the database of each earlier release to this version, and its pages open."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ptcconsole import __version__
from ptcconsole.fakeaws import demo
from ptcconsole.fakeaws.server import FakeAws
from tests.own_database import OwnDatabase

DUMPS = sorted(Path(__file__).parent.glob("*.sql"))

PAGES = """
import django
django.setup()
from django.contrib.auth.models import User
from django.test import Client
from wizard.models import BulkValidation, Operation
admin = User.objects.get(username="admin")
client = Client(headers={"host": "127.0.0.1"})
client.force_login(admin)
account, region = "123456789012", "us-east-2"
pages = [
    "/account/", "/people/", f"/people/{admin.pk}/", "/audit/",
    f"/{account}/rules/", f"/{account}/operations/", f"/{account}/validations/",
    f"/{account}/{region}/rules/", f"/{account}/{region}/health/", f"/{account}/{region}/secrets/",
    f"/{account}/{region}/rules/chainguard/health/",
    f"/{account}/{region}/rules/chainguard/details/",
    *(f"/{account}/operations/{each.batch_id}/" for each in Operation.objects.all()),
    *(f"/{account}/validations/{each.pk}/" for each in BulkValidation.objects.all()),
]
for page in pages:
    answer = client.get(page)
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    print(answer.status_code, len(text), page)
"""


@pytest.fixture
def upgraded(request: pytest.FixtureRequest, aws: FakeAws, tmp_path: Path) -> OwnDatabase:
    """The database of the release, after `migrate`; AWS has the rules that it knows."""
    demo.seed(aws.url)
    database = OwnDatabase(folder=tmp_path)
    with closing(sqlite3.connect(database.sqlite)) as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
    database.manage("migrate", "--verbosity", "0")
    return database


def shape(path: Path) -> set[tuple[str, ...]]:
    """Return the columns of all tables with their types, and the names of indexes and triggers."""
    with closing(sqlite3.connect(path)) as database:
        objects = database.execute(
            "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        ).fetchall()
        columns = {
            (name, str(column[1]), str(column[2]), f"NOT NULL {column[3]}", f"key {column[5]}")
            for kind, name, _table in objects
            if kind == "table"
            for column in database.execute(f'PRAGMA table_info("{name}")')
        }
    return {*map(tuple, objects), *columns}


@pytest.mark.kind_aws("the pages of one account are opened once")
@pytest.mark.parametrize("upgraded", DUMPS, ids=lambda path: path.stem, indirect=True)
def test_the_database_of_a_release_is_migrated_and_its_pages_open(
    upgraded: OwnDatabase, tmp_path: Path
) -> None:
    upgraded.manage("migrate", "--check")
    upgraded.manage("check", "--database", "default", "--fail-level", "ERROR")
    upgraded.manage("verify_audit")
    fresh = OwnDatabase(folder=tmp_path / "fresh")
    fresh.manage("migrate", "--verbosity", "0")
    assert shape(upgraded.sqlite) == shape(fresh.sqlite)
    pages = upgraded.run("-c", PAGES).splitlines()
    assert len(pages) > 17
    assert [page for page in pages if not page.startswith("200 ")] == []
    # It goes on: a sign-in link is a row of the trail.
    upgraded.manage("signinlink", "admin")
    upgraded.manage("verify_audit")


def test_this_version_has_its_database_here() -> None:
    """CONTRIBUTING.md, "A release": `python -m tests.releases` writes it."""
    assert f"{__version__}.sql" in {path.name for path in DUMPS}
