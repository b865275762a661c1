"""What a rule depends on and what depends on it: its secret, its role, its repositories.

Each is asked for on its own; what AWS refuses to tell is that part's error and no other's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from wizard.backend import ecr, iam, secretsmanager
from wizard.domain.credentials import IamRole, Secret
from wizard.domain.errors import AwsError
from wizard.domain.identifiers import RoleArn
from wizard.domain.regions import Target
from wizard.domain.rules import Rule
from wizard.services import last_known

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Generic[T]):
    """One thing asked of AWS: its value, or why it is not known."""

    value: T | None = None
    error: AwsError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContext:
    """All that is known around one rule; a part is None when the rule has no such thing."""

    secret: Finding[Secret] | None
    role: Finding[IamRole] | None
    repositories: Finding[ecr.RepositoryCount]
    sharing_rules: list[Rule]


def get_rule_context(*, target: Target, rule: Rule) -> RuleContext:
    """Ask AWS about the rule's secret, role and cached repositories."""
    secret_arn, role_arn = rule.credential_arn, rule.custom_role_arn
    return RuleContext(
        secret=_find(lambda: secretsmanager.describe_secret(target, secret_arn))
        if secret_arn
        else None,
        role=_find(lambda: iam.get_role(RoleArn.parse(role_arn).name)) if role_arn else None,
        repositories=_find(lambda: ecr.count_repositories(target, rule.ecr_repository_prefix)),
        sharing_rules=_sharing(target, rule),
    )


def _sharing(target: Target, rule: Rule) -> list[Rule]:
    """Other rules of the Region with the same secret, as last known."""
    snapshot = last_known.last_known(account_id=target.account_id).get(target.region)
    return [
        other
        for other in (snapshot.rules if snapshot else [])
        if rule.credential_arn
        and other.credential_arn == rule.credential_arn
        and other.ecr_repository_prefix != rule.ecr_repository_prefix
    ]


def _find(ask: Callable[[], T]) -> Finding[T]:
    try:
        return Finding(value=ask())
    except AwsError as error:
        return Finding(error=error)
