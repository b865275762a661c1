"""Rows of the audit trail as the texts that their seals cover, in order.

The database formats the columns (`chain.sealed_text` does the same for Python's values), because
model instances and parsed JSON would take most of the time of verifying a long trail. The texts are
compared as they are stored: nothing in a column is ignored.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db import connection

from wizard.domain.chain import FACTS, NEWEST_FORM, SEALED

CHUNK: Final = 500

_NAMES: Final = ("form", *SEALED[NEWEST_FORM])
# Where in a Row the sealed texts begin.
FIRST_TEXT: Final = 2

# The columns whose text is not their value. A time without microseconds is stored without them on
# SQLite. JSON's null stands for a missing value.
_TEXTS: Final = {
    "sqlite": {
        "form": "CAST(form AS TEXT)",
        "sequence": "CAST(sequence AS TEXT)",
        "happened_at": "CASE length(happened_at) WHEN 19 THEN happened_at || '.000000'"
        " ELSE happened_at END",
        "user_id": "coalesce(CAST(user_id AS TEXT), '')",
    },
    "postgresql": {
        "form": "CAST(form AS TEXT)",
        "sequence": "CAST(sequence AS TEXT)",
        "event_id": "replace(CAST(event_id AS TEXT), '-', '')",
        "happened_at": "to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        "user_id": "coalesce(CAST(user_id AS TEXT), '')",
    },
}

# A row: its sequence, its seal, then the texts of the form and of the columns in SEALED.
Row = Sequence[Any]


class Columns(NamedTuple):
    """Where in a Row the columns are that verifying reads."""

    form: int
    sequence: int
    event_id: int
    phase: int
    action: int
    subject: int
    key_id: int


COLUMNS: Final = Columns(*(FIRST_TEXT + _NAMES.index(name) for name in Columns._fields))


def rows_after(sequence: int, *, most: int = CHUNK) -> Sequence[Row]:
    """Return the next rows, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_query(connection.vendor), [sequence, most])
        rows: Sequence[Row] = cursor.fetchall()
    return rows


@lru_cache(maxsize=2)
def _query(vendor: str) -> str:
    columns = ", ".join(_as_text(name, _TEXTS[vendor]) for name in _NAMES)
    return (
        f"SELECT sequence, seal, {columns} FROM wizard_auditevent"  # noqa: S608 - no input
        " WHERE sequence > %s ORDER BY wizard_auditevent.sequence LIMIT %s"
    )


def _as_text(name: str, texts: dict[str, str]) -> str:
    return f"coalesce({name}, 'null')" if name in FACTS else texts.get(name, name)
