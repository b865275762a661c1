"""The secret parts of the server's own credentials, so that any text can be cleaned of them.

AWS or a library may repeat a key or token in words that no pattern foresees. The values are kept in
memory only, and only those that a signature or a credential service needs. Those of the roles of
thousands of accounts are found in a text by their last characters, because every line of the log is
cleaned of them.
"""

import os
from collections import deque
from collections.abc import Iterator
from threading import Lock
from typing import Any, Final

# Shorter values are not secrets of AWS, and would be found inside ordinary words.
_SHORTEST: Final = 16
_VARIABLES: Final = (
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
)
# Those in use and those before them: a refusal may arrive after a renewal.
_last_used: deque[tuple[str, ...]] = deque(maxlen=4)
_lock: Final = Lock()
# The same of the role of each account, the latest last, and each by its last characters.
_of_roles: Final[dict[str, list[tuple[str, ...]]]] = {}
_by_end: Final[dict[str, str]] = {}
_KEPT_OF_ROLE: Final = 2


def remember(frozen: Any) -> None:
    """Note the secret key and session token of botocore's frozen credentials."""
    values = tuple(getattr(frozen, name, None) or "" for name in ("secret_key", "token"))
    if values not in _last_used:
        _last_used.append(values)


def remember_role(account_id: str, values: tuple[str, ...]) -> None:
    """Note the secret key and session token of the role of an account."""
    with _lock:
        kept = _of_roles.setdefault(account_id, [])
        kept.append(values)
        _by_end.update({value[-_SHORTEST:]: value for value in values})
        while len(kept) > _KEPT_OF_ROLE:
            _drop(kept.pop(0))


def forget(account_id: str) -> None:
    """Drop those of an account whose role is not used any more."""
    with _lock:
        for values in _of_roles.pop(account_id, ()):
            _drop(values)


def secret_values(text: str) -> set[str]:
    """Return all values to remove from a text: the own ones, and those of roles that it has."""
    # A copy, because another thread may note renewed credentials during the iteration.
    values = {value for used in tuple(_last_used) for value in used}
    values |= {os.environ.get(name, "").strip() for name in _VARIABLES}
    values |= set(_of_roles_in(text)) if _by_end else set()
    return {value for value in values if len(value) >= _SHORTEST}


def _of_roles_in(text: str) -> Iterator[str]:
    for end in range(_SHORTEST, len(text) + 1):
        found = _by_end.get(text[end - _SHORTEST : end])
        if found is not None:
            yield found


def _drop(values: tuple[str, ...]) -> None:
    for value in values:
        _by_end.pop(value[-_SHORTEST:], None)
