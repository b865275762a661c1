"""Secrets that a rule can use: what there is, who uses it, and every change to one.

No function here, nor any the console has, reads a secret's value.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from wizard.backend import secretsmanager
from wizard.domain.credentials import Credential, Secret
from wizard.domain.errors import AwsError, SecretInUse
from wizard.domain.identifiers import SecretArn
from wizard.domain.rules import Rule
from wizard.domain.targets import Target
from wizard.services.audit import audited
from wizard.services.rules import read_rules

RECOVERY_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUse:
    """A secret and the rules that use it; `rules` is None when they could not be read."""

    secret: Secret
    rules: list[Rule] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUses:
    """All secrets of a Region with their rules, and why the rules are not known."""

    uses: list[SecretUse]
    rules_error: AwsError | None


def list_secrets(*, target: Target) -> list[Secret]:
    """Return the account's secrets in this Region whose names ECR accepts."""
    return secretsmanager.list_secrets(target)


def list_secret_uses(*, target: Target) -> SecretUses:
    """Return the secrets with the rules of the Region that use them.

    Only rules of the same Region can: ECR reads a secret where the rule is.
    """
    secrets = secretsmanager.list_secrets(target)
    try:
        rules = read_rules(target=target)
    except AwsError as error:
        uses = [SecretUse(secret=secret, rules=None) for secret in secrets]
        return SecretUses(uses=uses, rules_error=error)
    uses = [SecretUse(secret=secret, rules=_users_of(secret.arn, rules)) for secret in secrets]
    return SecretUses(uses=uses, rules_error=None)


def get_secret(*, target: Target, name: str) -> Secret:
    """Return one secret's state by its full name; raises SecretNotFound."""
    return secretsmanager.describe_secret(target, name)


def create_secret(*, target: Target, name: str, credential: Credential) -> str:
    """Create a secret under its full name and return its ARN."""
    token = str(uuid.uuid4())
    with audited("CreateSecret", target=target, subject=name) as change:
        arn = secretsmanager.create_secret(
            target, name=name, credential=credential, client_request_token=token
        )
        change.after = {"arn": arn}
    return arn


def replace_secret_value(*, target: Target, arn: str, credential: Credential) -> None:
    """Give a secret a new version with another credential; the old one is not read."""
    token = str(uuid.uuid4())
    with audited("PutSecretValue", target=target, subject=arn, after={"version": token}):
        secretsmanager.put_secret_value(
            target, arn, credential=credential, client_request_token=token
        )


def schedule_secret_deletion(*, target: Target, arn: str) -> None:
    """Schedule a secret's deletion, with RECOVERY_DAYS days to take it back.

    Raises SecretInUse while a rule uses it or the rules cannot be read.
    """
    try:
        rules = read_rules(target=target)
    except AwsError as error:
        raise SecretInUse([]) from error
    users = _users_of(arn, rules)
    if users:
        raise SecretInUse([rule.ecr_repository_prefix for rule in users])
    after = {"recovery_days": RECOVERY_DAYS}
    with audited("DeleteSecret", target=target, subject=arn, after=after):
        secretsmanager.schedule_secret_deletion(target, arn, days=RECOVERY_DAYS)


def restore_secret(*, target: Target, arn: str) -> None:
    """Take back a secret that is scheduled for deletion.

    Raises InvalidIdentifier for an ARN that no rule of this account and Region could name.
    """
    SecretArn.parse(arn).check_belongs_to(target)
    with audited("RestoreSecret", target=target, subject=arn):
        secretsmanager.restore_secret(target, arn)


def _users_of(arn: str, rules: Iterable[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule.credential_arn == arn]
