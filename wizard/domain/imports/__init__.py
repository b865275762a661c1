"""Rules in a pasted text or a file: AWS CLI commands, Terraform, CloudFormation, JSON and CSV.

`read_rules` finds out which of them a text is. Nothing in it is evaluated: a value that is not a
literal text is known to be an expression, and no more. Every error has a line and a column, and
repeats no value, because a value may be a credential.
"""

from wizard.domain.imports.found import FoundRule, ImportProblem, Spot, contains_credential
from wizard.domain.imports.reading import MOST_BYTES, decoded, read_rules

__all__ = [
    "MOST_BYTES",
    "FoundRule",
    "ImportProblem",
    "Spot",
    "contains_credential",
    "decoded",
    "read_rules",
]
