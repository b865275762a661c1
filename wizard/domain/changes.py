"""The permit without which no AWS call that changes something is sent.

Whoever wants to change something in AWS writes an audit row first; that opens a permit. The one
place that calls AWS asks for it, so a change that nobody would know of cannot be made.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

# What only looks. Everything else needs a permit.
_READING = ("Describe", "List", "Get", "BatchGet", "Validate", "Simulate")


class UnauditedChange(RuntimeError):
    """A mistake of ours: a changing AWS call outside of an audited block."""


@dataclass(slots=True, kw_only=True)
class Permit:
    """An audited change under way; collects the request ids that AWS gave to its calls."""

    event_id: str
    request_ids: list[str] = field(default_factory=list)


_current: ContextVar[Permit | None] = ContextVar("permit", default=None)


@contextmanager
def permitted(event_id: str) -> Iterator[Permit]:
    """Allow changes inside the block, all of them on account of that audit event."""
    permit = Permit(event_id=event_id)
    token = _current.set(permit)
    try:
        yield permit
    finally:
        _current.reset(token)


def check_permit(operation: str) -> Permit | None:
    """Return the permit for an AWS operation, None when it needs none; raises UnauditedChange."""
    if operation.startswith(_READING):
        return None
    permit = _current.get()
    if permit is None:  # guard: D1
        raise UnauditedChange(operation)
    return permit
