"""The secret parts of the server's own credentials, so that any text can be cleaned of them.

AWS or a library may repeat a key or token in words that no pattern foresees. The values are kept in
memory only, and only those that a signature or a credential service needs.
"""

import os
from collections import deque
from typing import Any, Final

# Shorter values are not secrets of AWS, and would be found inside ordinary words.
_SHORTEST: Final = 16
_VARIABLES: Final = (
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
)
# Those in use and those before them: a refusal may arrive after a renewal.
_last_used: deque[tuple[str, ...]] = deque(maxlen=4)


def remember(frozen: Any) -> None:
    """Note the secret key and session token of botocore's frozen credentials."""
    values = tuple(getattr(frozen, name, None) or "" for name in ("secret_key", "token"))
    if values not in _last_used:
        _last_used.append(values)


def secret_values() -> set[str]:
    """Return all values to remove from texts."""
    # A copy, because another thread may note renewed credentials during the iteration.
    values = {value for used in tuple(_last_used) for value in used}
    values |= {os.environ.get(name, "").strip() for name in _VARIABLES}
    return {value for value in values if len(value) >= _SHORTEST}
