"""How the console connects to its database: longer than a request, checked, with time limits."""

from collections.abc import Mapping
from typing import Any, Final

SQLITE: Final = "django.db.backends.sqlite3"
POSTGRESQL: Final = "django.db.backends.postgresql"

_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    SQLITE: {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
    # A server that hangs, or whose host is gone, would hold each thread for minutes.
    POSTGRESQL: {
        "connect_timeout": 5,  # guard: B1
        "tcp_user_timeout": 15_000,  # milliseconds  # guard: B1
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    },
}


def connected(database: dict[str, Any]) -> dict[str, Any]:
    """Return Django's settings of a database; options of its URL take precedence."""
    return {
        **database,
        "CONN_MAX_AGE": 60,
        # A connection that the server has closed since the last request is replaced and not used.
        "CONN_HEALTH_CHECKS": True,  # guard: B1
        "OPTIONS": {**_OPTIONS.get(database["ENGINE"], {}), **database.get("OPTIONS", {})},
    }
