"""The download formats of rules, validation results and the audit trail.

Others import from this package only. An export contains names and ARNs, never a secret's value.
Times are ISO 8601 in UTC.
"""

from wizard.exports.audit_formats import AUDIT_FORMATS
from wizard.exports.audit_listed import ListedAudit
from wizard.exports.formats import FORMATS
from wizard.exports.listed import NOT_READ, Listed, ListedResult, ListedRule

__all__ = [
    "AUDIT_FORMATS",
    "FORMATS",
    "NOT_READ",
    "Listed",
    "ListedAudit",
    "ListedResult",
    "ListedRule",
]
