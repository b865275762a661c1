"""The ID of the request that a thread works for, which the log and the response name.

It is in a context variable, which the threads of a fan-out copy.
"""

import re
import secrets
from contextvars import ContextVar
from typing import Final

# What proxies make: hexadecimal digits or a UUID. No underscore: no API token looks like this.
_ACCEPTED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{7,63}")

_current: ContextVar[str] = ContextVar("request_id", default="")


def begin(offered: str) -> str:
    """Begin a request with the ID that a proxy offers, or with a new one; return it."""
    request_id = offered if _ACCEPTED.fullmatch(offered) else secrets.token_hex(16)
    _current.set(request_id)
    return request_id


def end() -> None:
    """The thread works for no request any more."""
    _current.set("")


def current() -> str:
    """Return the ID of the request that this thread works for; empty outside of requests."""
    return _current.get()
