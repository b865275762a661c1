"""Deleting rules, one or many, and the secrets that nobody uses afterwards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from wizard.domain.errors import AwsError
from wizard.domain.identifiers import SecretArn
from wizard.domain.rules import Rule
from wizard.domain.targets import Target
from wizard.services import rules


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RuleName:
    """Which rule: its Target and its prefix."""

    target: Target
    ecr_repository_prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What came of one rule: gone, or why not."""

    name: RuleName
    error: AwsError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A secret that a deleted rule used and that no rule of its Region uses now."""

    target: Target
    arn: str

    @property
    def name(self) -> str:
        return SecretArn.parse(self.arn).name


def find_rules(*, names: Collection[RuleName]) -> list[tuple[RuleName, Rule | None]]:
    """Look the rules up, Region by Region; None for one that does not exist any more."""
    found: dict[RuleName, Rule] = {}
    for target in sorted({name.target for name in names}):
        for rule in rules.read_rules(target=target):
            prefix = rule.ecr_repository_prefix
            found[RuleName(target=target, ecr_repository_prefix=prefix)] = rule
    return [(name, found.get(name)) for name in sorted(names)]


def delete_rules(*, names: Collection[RuleName]) -> list[Deletion]:
    """Delete one after the other; a refusal of one keeps no other from going."""
    return [_delete(name) for name in sorted(names)]


def orphaned_secrets(*, deleted: Sequence[tuple[RuleName, Rule]]) -> list[Orphan]:
    """The secrets of deleted rules that no rule uses any more.

    A Region whose rules cannot be read now has no orphans: its secrets count as in use.
    """
    orphans = []
    for target in sorted({name.target for name, _rule in deleted}):
        arns = {rule.credential_arn for name, rule in deleted if name.target == target}
        try:
            used = {rule.credential_arn for rule in rules.read_rules(target=target)}
        except AwsError:
            continue
        orphans += [Orphan(target=target, arn=arn) for arn in sorted(filter(None, arns - used))]
    return orphans


def _delete(name: RuleName) -> Deletion:
    try:
        rules.delete_rule(target=name.target, ecr_repository_prefix=name.ecr_repository_prefix)
    except AwsError as error:
        return Deletion(name=name, error=error)
    return Deletion(name=name)
