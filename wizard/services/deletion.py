"""Deleting rules, one or many, and the secrets that nobody uses afterwards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from wizard.domain.errors import AwsError
from wizard.domain.identifiers import SecretArn
from wizard.domain.regions import Target
from wizard.domain.rules import Rule
from wizard.services import rules


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RuleName:
    """Which rule: its Target and its prefix."""

    target: Target
    ecr_repository_prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Selected rules as they were found, None for one that does not exist any more.

    Those of a Target that could not be read are not among them; `unread` says why.
    """

    rules: list[tuple[RuleName, Rule | None]]
    unread: dict[Target, AwsError]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftSecrets:
    """Secrets that nobody uses any more, and Targets where that could not be found out."""

    orphans: list[Orphan]
    unknown: list[Target]


def find_rules(*, names: Collection[RuleName]) -> Selection:
    """Look the rules up in all Regions at once; one that cannot be read holds no other back."""
    found: dict[RuleName, Rule] = {}
    unread: dict[Target, AwsError] = {}
    for outcome in rules.read_everywhere(targets={name.target for name in names}):
        if outcome.error is not None:
            unread[outcome.target] = outcome.error
        for rule in outcome.value or ():
            prefix = rule.ecr_repository_prefix
            found[RuleName(target=outcome.target, ecr_repository_prefix=prefix)] = rule
    return Selection(
        rules=[
            (name, found.get(name))
            for name in sorted(names)
            if name.target not in unread  # guard: F4
        ],
        unread={target: unread[target] for target in sorted(unread)},
    )


def delete_rules(*, names: Collection[RuleName]) -> list[Deletion]:
    """Delete one after the other; a refusal of one keeps no other from going."""
    return [_delete(name) for name in sorted(names)]


def left_secrets(*, deleted: Sequence[tuple[RuleName, Rule]]) -> LeftSecrets:
    """What becomes of the secrets of deleted rules: unused now, or nobody knows.

    A secret of a Region whose rules cannot be read now counts as in use.
    """
    orphans, unknown = [], []
    for target in sorted({name.target for name, _rule in deleted}):
        arns = {rule.credential_arn for name, rule in deleted if name.target == target} - {None}
        if not arns:
            continue
        try:
            used = {rule.credential_arn for rule in rules.read_rules(target=target)}
        except AwsError:
            unknown.append(target)
            continue
        orphans += [Orphan(target=target, arn=arn) for arn in sorted(filter(None, arns - used))]
    return LeftSecrets(orphans=orphans, unknown=unknown)


def _delete(name: RuleName) -> Deletion:
    try:
        rules.delete_rule(target=name.target, ecr_repository_prefix=name.ecr_repository_prefix)
    except AwsError as error:
        return Deletion(name=name, error=error)
    return Deletion(name=name)
