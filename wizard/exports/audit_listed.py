"""A line of the audit trail in an export: a change with its result, or an event."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAudit:
    """One line of an export. Missing texts are empty; missing numbers and facts are None.

    `sequence` and `seal` are those of the intent or event, `result_sequence` and `result_seal`
    those of the result. Times are ISO 8601 in UTC.
    """

    sequence: int
    result_sequence: int | None
    event_id: str
    started_at: str
    ended_at: str
    username: str
    user_id: int | None
    address: str
    way: str
    action: str
    account_id: str
    region: str
    subject: str
    outcome: str
    before: Any
    after: Any
    error: Any
    request_ids: list[str]
    seal: str
    result_seal: str
