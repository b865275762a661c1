"""The console's WSGI application with a Server-Timing header on every response, for gunicorn.

The header has the number of SQL statements, the number of AWS calls, and the time during which at
least one AWS call was running.
"""

import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from botocore.httpsession import URLLib3Session
from django.db import connection

from ptcconsole.wsgi import application as console


@dataclass
class Tally:
    """The counters of one request, which the threads that it starts share."""

    statements: int = 0
    calls: list[tuple[float, float]] = field(default_factory=list)

    def aws_seconds(self) -> float:
        """Return the time during which at least one AWS call was running."""
        total = end = 0.0
        for begun, ended in sorted(self.calls):
            total += max(ended - max(begun, end), 0.0)
            end = max(end, ended)
        return total


_tally: ContextVar[Tally | None] = ContextVar("tally", default=None)
_send = URLLib3Session.send


def _timed_send(session: URLLib3Session, request: Any) -> Any:
    begun = time.perf_counter()
    try:
        return _send(session, request)
    finally:
        if tally := _tally.get():
            tally.calls.append((begun, time.perf_counter()))


URLLib3Session.send = _timed_send  # type: ignore[assignment,method-assign]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the console does, with one additional header."""
    tally = Tally()
    token = _tally.set(tally)

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        tally.statements += 1
        return execute(*arguments)

    def start(status: str, headers: list[tuple[str, str]], *others: Any) -> Any:
        told = f"sql;desc={tally.statements}, calls;desc={len(tally.calls)}"
        told += f", aws;dur={tally.aws_seconds() * 1000:.3f}"
        return start_response(status, [*headers, ("Server-Timing", told)], *others)

    try:
        with connection.execute_wrapper(count):
            return console(environ, start)
    finally:
        _tally.reset(token)
