"""The download formats of rules and of the audit trail. Others import from this package only.

An export contains names and ARNs, never a secret's value. Times are ISO 8601 in UTC.
"""

from wizard.exports.audit_formats import AUDIT_FORMATS
from wizard.exports.audit_listed import ListedAudit
from wizard.exports.listed import NOT_READ, ListedRule
from wizard.exports.rule_formats import FORMATS

__all__ = ["AUDIT_FORMATS", "FORMATS", "NOT_READ", "ListedAudit", "ListedRule"]
