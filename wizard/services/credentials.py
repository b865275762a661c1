"""Secrets that a rule can use."""

from wizard.backend import secretsmanager
from wizard.domain.credentials import Secret
from wizard.domain.identifiers import SecretArn
from wizard.domain.targets import Target


def list_secrets(*, target: Target) -> list[Secret]:
    """Return the account's secrets in this Region whose names ECR accepts."""
    return secretsmanager.list_secrets(target)


def restore_secret(*, target: Target, arn: str) -> None:
    """Take back a secret that is scheduled for deletion.

    Raises InvalidIdentifier for an ARN that no rule of this account and Region could name.
    """
    SecretArn.parse(arn).check_belongs_to(target)
    secretsmanager.restore_secret(target, arn)
