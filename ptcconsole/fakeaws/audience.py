"""Whom lags and variety concern: every caller, or the calls of one application.

So the console can meet an AWS that is less convenient than the one that prepares its tests.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_caller: ContextVar[str] = ContextVar("caller", default="")


class Audience:
    """The application that is concerned; None for all."""

    def __init__(self) -> None:
        self.app_id: str | None = None

    @contextmanager
    def hearing(self, app_id: str) -> Iterator[None]:
        """Answer a call of this application meanwhile."""
        token = _caller.set(app_id)
        try:
            yield
        finally:
            _caller.reset(token)

    def is_concerned(self) -> bool:
        """Whether the call that is answered is of the application."""
        return self.app_id in (None, _caller.get())


# One per process, like moto's state.
AUDIENCE = Audience()
