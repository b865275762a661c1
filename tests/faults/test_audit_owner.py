"""The database role of the console on PostgreSQL, set up as OPERATIONS.md says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from tests.trail import happen, sql, verify
from wizard.models.audit_owner import ownership_warning

OPERATIONS = Path(__file__).resolve().parents[2] / "OPERATIONS.md"
ROLE = "ptcconsole"

pytestmark = pytest.mark.django_db


@pytest.fixture
def console_role() -> Iterator[str]:
    """The role of the document, which the connection has until the test ends."""
    if connection.vendor != "postgresql":
        pytest.skip("roles are PostgreSQL's")
    (block,) = re.findall(r"```sql\n(.*?)```", OPERATIONS.read_text(encoding="utf-8"), re.DOTALL)
    sql(block.replace("CREATE ROLE ptcconsole LOGIN PASSWORD '...'", "CREATE ROLE ptcconsole"))
    sql(f"SET ROLE {ROLE}")
    yield ROLE
    sql("RESET ROLE")


@pytest.mark.promise("D9")
def test_the_consoles_role_writes_the_trail_and_the_check_is_content(console_role: str) -> None:
    happen(3)
    assert ownership_warning(connection) is None
    is_whole, words = verify()
    assert is_whole, words


@pytest.mark.promise("D9")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wizard_auditevent SET subject = 'x'",
        "DELETE FROM wizard_auditevent",
        "TRUNCATE wizard_auditevent",
        "ALTER TABLE wizard_auditevent DISABLE TRIGGER ALL",
        "DROP TRIGGER wizard_auditevent_no_change ON wizard_auditevent",
        "CREATE OR REPLACE FUNCTION wizard_auditevent_refuse() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NULL; END'",
        "DELETE FROM wizard_audithead",
        "UPDATE wizard_audithead SET sequence = 0",
        "INSERT INTO wizard_audithead VALUES (2, 0, '')",
        "SET session_replication_role = replica",
    ],
)
def test_the_consoles_role_cannot_change_the_trail(console_role: str, statement: str) -> None:
    happen(2)
    with pytest.raises(DatabaseError), transaction.atomic():
        sql(statement)
    assert verify()[0]


@pytest.mark.promise("D9")
@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE", "TRIGGER"])
def test_a_right_too_many_is_told(console_role: str, right: str) -> None:
    sql("RESET ROLE")
    sql(f"GRANT {right} ON wizard_auditevent TO {ROLE}")
    sql(f"SET ROLE {ROLE}")
    warning = ownership_warning(connection)
    assert warning is not None
    assert right in warning.msg


@pytest.mark.promise("D9")
def test_a_role_that_owns_the_tables_is_told() -> None:
    warning = ownership_warning(connection)
    if connection.vendor == "sqlite":
        assert warning is None
        return
    assert warning is not None
    assert "owner" in warning.msg
