"""Who is behind what is happening now, and from where. Set once per request, task or command."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How somebody came to ask for something."""

    BROWSER = "browser"
    TOKEN = "token"  # noqa: S105 - a way in, not a secret
    COMMAND = "command"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Whose doing it is.

    `user_id` is None and `username` empty for what the console does by itself; `address` is the
    client's IP address, empty where there is none.
    """

    user_id: int | None = None
    username: str = ""
    address: str = ""
    way: Way = Way.COMMAND


_current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current_origin() -> Origin:
    """Whose doing this is; what nobody asked for is the console's own."""
    return _current.get() or Origin()


@contextmanager
def acting(origin: Origin) -> Iterator[None]:
    """Whatever happens inside the block is `origin`'s doing."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)
