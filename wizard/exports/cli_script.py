"""Rules as a bash script of AWS CLI commands that create them."""

from typing import Final

from wizard.domain.commands import aws_command, create_rule_command, quoted
from wizard.exports.declared import Declaration, DeclaredRule

_NEEDS: Final = (
    "Creates the rules. Run it with credentials of that account. The secrets must exist already."
)


def render(declaration: Declaration) -> str:
    """Return the script. It stops at the first command that fails."""
    comments = "".join(f"# {note}\n" for note in (*declaration.notes, _NEEDS))
    commands = "".join(f"\n{_command(rule)}\n" for rule in declaration.rules)
    return f"#!/usr/bin/env bash\n{comments}set -euo pipefail\n{commands}"


def _command(rule: DeclaredRule) -> str:
    if not rule.secret_name:
        return create_rule_command(rule, region=rule.region)
    look_up = aws_command(
        "secretsmanager describe-secret",
        ("--secret-id", quoted(rule.secret_name)),
        ("--region", quoted(rule.region)),
        ("--query", "ARN --output text"),
    )
    create = create_rule_command(rule, region=rule.region, credential='"$CREDENTIAL_ARN"')
    return f"CREDENTIAL_ARN=$({look_up})\n{create}"
