"""The values that a member of the rules has at all: some dozens among hundreds of thousands.

The database finds them by jumping from one to the next in an index. `SELECT DISTINCT` would read
all rules.
"""

from collections.abc import Collection
from typing import Final

from django.db import connection
from django.db.models import Q

# With more values than this, jumping takes as long as reading.
_MOST: Final = 1000

# The columns with an index that begins with them.
INDEXED: Final = frozenset({"ecr_repository_prefix", "upstream_registry_url", "registry_key"})

# The rules of Regions that are left out are skipped where {skipped} is that condition.
_JUMP: Final = """
    WITH RECURSIVE found (value, number) AS (
        SELECT (
            SELECT rule.{column} FROM wizard_lastknownrule rule
            WHERE rule.gone_since IS NULL {skipped}
            ORDER BY rule.{column} LIMIT 1
        ), 1
        UNION ALL
        SELECT (
            SELECT rule.{column} FROM wizard_lastknownrule rule
            WHERE rule.gone_since IS NULL AND rule.{column} > found.value {skipped}
            ORDER BY rule.{column} LIMIT 1
        ), number + 1
        FROM found WHERE found.value IS NOT NULL AND number <= {most}
    )
    SELECT value FROM found WHERE value IS NOT NULL
"""
_SKIPPED: Final = """
    AND NOT EXISTS (
        SELECT 1 FROM wizard_regionreading reading
        WHERE reading.account_id = rule.account_id AND reading.region = rule.region
        AND NOT (reading.left_out = '')
    )
"""


def values_of(column: str, *, only_counted: bool = False) -> list[str] | None:
    """Return the values that a column of INDEXED has, in order; None if there are too many.

    With `only_counted`, those of rules in Regions that are not left out.
    """
    if column not in INDEXED:
        raise ValueError(f"{column} has no index of its own")
    statement = _JUMP.format(column=column, most=_MOST, skipped=_SKIPPED if only_counted else "")
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = [value for (value,) in cursor.fetchall()]
    return found if len(found) <= _MOST else None


def has_word(column: str, word: str, known: Collection[str] | None) -> Q:
    """Return the condition that the column has the word; `known` are its values, if they are few.

    Prefixes and host names are in lower case, so that no index of a database function is needed.
    """
    if known is None:
        return Q(**{f"{column}__contains": word})
    return Q(**{f"{column}__in": [value for value in known if word in value]})
