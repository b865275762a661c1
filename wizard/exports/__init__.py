"""The download formats of rules, results, the audit trail and IAM policies.

Others import from this package only. An export contains names and ARNs, never a secret's value.
Times are ISO 8601 in UTC.
"""

from typing import Final

from wizard.exports.account_roles import ACCOUNTS_PER_TEMPLATE, ROLE_FORMATS
from wizard.exports.audit_formats import AUDIT_FORMATS
from wizard.exports.audit_listed import ListedAudit
from wizard.exports.declarations import DECLARATIONS
from wizard.exports.declared import Declaration, DeclaredRule
from wizard.exports.formats import FORMATS
from wizard.exports.listed import (
    NOT_READ,
    Listed,
    ListedCell,
    ListedDay,
    ListedFleetAccount,
    ListedFleetGroup,
    ListedFleetResult,
    ListedFleetRule,
    ListedImage,
    ListedOutcome,
    ListedReading,
    ListedResult,
    ListedRule,
)
from wizard.exports.policies import POLICY_FORMATS

# The values of `format` for a list of rules.
RULE_FORMATS: Final = (*FORMATS, *DECLARATIONS)

__all__ = [
    "ACCOUNTS_PER_TEMPLATE",
    "AUDIT_FORMATS",
    "DECLARATIONS",
    "FORMATS",
    "NOT_READ",
    "POLICY_FORMATS",
    "ROLE_FORMATS",
    "RULE_FORMATS",
    "Declaration",
    "DeclaredRule",
    "Listed",
    "ListedAudit",
    "ListedCell",
    "ListedDay",
    "ListedFleetAccount",
    "ListedFleetGroup",
    "ListedFleetResult",
    "ListedFleetRule",
    "ListedImage",
    "ListedOutcome",
    "ListedReading",
    "ListedResult",
    "ListedRule",
]
