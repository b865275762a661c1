"""The rules of a Region."""

from wizard.backend import ecr
from wizard.domain.rules import Rule
from wizard.domain.targets import Target


def list_rules(*, target: Target) -> list[Rule]:
    """Return the rules of the registry in the order of their prefixes."""
    return sorted(ecr.describe_rules(target), key=lambda rule: rule.ecr_repository_prefix)


def get_rule(*, target: Target, ecr_repository_prefix: str) -> Rule:
    """Return one rule; raises RuleNotFound."""
    return ecr.describe_rule(target, ecr_repository_prefix)


def delete_rule(*, target: Target, ecr_repository_prefix: str) -> None:
    """Delete a rule; raises RuleNotFound. Repositories, secret, role and policies stay."""
    ecr.delete_rule(target, ecr_repository_prefix)
