"""The origin of the current activity for the audit trail: person, address and way.

It is set once per request, task or command.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Way(StrEnum):
    """The way in which an activity was started."""

    BROWSER = "browser"
    TOKEN = "token"  # noqa: S105 - a way in, not a secret
    COMMAND = "command"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The person to whom an activity is attributed.

    `user_id` is None and `username` is empty for the console's own activities. `address` is the
    client's IP address, or empty.
    """

    user_id: int | None = None
    username: str = ""
    address: str = ""
    way: Way = Way.COMMAND


class Person(Protocol):
    """A user, as the ORM has it."""

    pk: Any

    def get_username(self) -> str: ...


_current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current_origin() -> Origin:
    """Return the current origin; by default, the console itself."""
    return _current.get() or Origin()


@contextmanager
def acting(origin: Origin) -> Iterator[None]:
    """Attribute everything inside the block to `origin`."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def acting_for(person: Person) -> AbstractContextManager[None]:
    """Attribute everything inside the block to a person for whom the background works."""
    return acting(Origin(user_id=person.pk, username=person.get_username(), way=Way.BACKGROUND))
