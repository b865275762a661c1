"""Secrets that a rule can use."""

from wizard.backend import secretsmanager
from wizard.domain.credentials import Secret
from wizard.domain.targets import Target


def list_secrets(*, target: Target) -> list[Secret]:
    """Return the account's secrets in this Region whose names ECR accepts."""
    return secretsmanager.list_secrets(target)
