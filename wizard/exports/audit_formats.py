"""The formats of the audit trail's export: one module each, one row each in AUDIT_FORMATS."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from wizard.exports import audit_csv, audit_jsonl
from wizard.exports.audit_listed import ListedAudit


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFormat:
    """One format: its media type and its rendering function, a generator."""

    content_type: str
    render: Callable[[Iterable[ListedAudit]], Iterator[str]]


AUDIT_FORMATS: Final = {
    "csv": AuditFormat(content_type="text/csv; charset=utf-8", render=audit_csv.render),
    "jsonl": AuditFormat(content_type="application/jsonl", render=audit_jsonl.render),
}
