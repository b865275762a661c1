"""Commands of the AWS CLI, which pages offer to copy. Values are quoted for a POSIX shell."""

import shlex
from typing import Protocol


class RuleMembers(Protocol):
    """The members of a rule that CreatePullThroughCacheRule takes; None and empty are absent."""

    @property
    def ecr_repository_prefix(self) -> str: ...
    @property
    def upstream_registry_url(self) -> str: ...
    @property
    def upstream_repository_prefix(self) -> str | None: ...
    @property
    def credential_arn(self) -> str | None: ...
    @property
    def custom_role_arn(self) -> str | None: ...


def aws_command(name: str, *options: tuple[str, str]) -> str:
    """Return `aws <name>` with its options, one on each line; an empty value drops its option."""
    given = [f"    {option} {value}" for option, value in options if value]
    return " \\\n".join([f"aws {name}", *given])


def create_rule_command(rule: RuleMembers, *, region: str, credential: str = "") -> str:
    """Return the command that creates a rule.

    `credential` is an expression of the shell for the ARN of a secret that does not exist yet.
    """
    return aws_command(
        "ecr create-pull-through-cache-rule",
        ("--ecr-repository-prefix", quoted(rule.ecr_repository_prefix)),
        ("--upstream-registry-url", quoted(rule.upstream_registry_url)),
        ("--upstream-repository-prefix", quoted(rule.upstream_repository_prefix)),
        ("--credential-arn", credential or quoted(rule.credential_arn)),
        ("--custom-role-arn", quoted(rule.custom_role_arn)),
        ("--region", quoted(region)),
    )


def quoted(value: str | None) -> str:
    """Return a value as one word of the shell; empty for None."""
    return shlex.quote(value) if value else ""
