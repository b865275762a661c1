"""The permit that every changing AWS call requires.

Writing the audit row of a change opens a permit, and the one place that calls AWS checks it. So an
unaudited change cannot be made.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from wizard.domain.waiting import begin_change

# Prefixes of reading operations. All others need a permit. A session of a role changes nothing.
_READING = ("Describe", "List", "Get", "BatchGet", "Validate", "Simulate", "AssumeRole")


class UnauditedChange(RuntimeError):
    """A programming error: a changing AWS call outside an audited block."""


@dataclass(slots=True, kw_only=True)
class Permit:
    """An open audited change; collects the request IDs of its AWS calls."""

    event_id: str
    request_ids: list[str] = field(default_factory=list)


_current: ContextVar[Permit | None] = ContextVar("permit", default=None)


@contextmanager
def permitted(event_id: str) -> Iterator[Permit]:
    """Permit changes inside the block, for this audit event. The request has no deadline then."""
    begin_change()  # guard: F20
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
