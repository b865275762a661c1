"""The rules that a person selected to delete, and the secrets that no rule uses afterwards."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from wizard.domain import Rule, Target
from wizard.domain.errors import AwsError
from wizard.services import rules, secrets
from wizard.services.fanout import fan_out


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RuleName:
    """The identity of a rule: Target and prefix."""

    target: Target
    ecr_repository_prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Selected rules by name; None for a rule that no longer exists.

    Rules of a Target that could not be read are missing; `unread` has the error.
    """

    rules: list[tuple[RuleName, Rule | None]]
    unread: dict[Target, AwsError]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Orphan:
    """A secret of a deleted rule that no other rule of its Region uses."""

    target: Target
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftSecrets:
    """Unused secrets, and the Targets where this is unknown."""

    orphans: list[Orphan]
    unknown: list[Target]


def find_rules(*, names: Collection[RuleName]) -> Selection:
    """Find the rules, with all Regions in parallel and independent of each other."""
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


def left_secrets(arns: Mapping[Target, Collection[str]]) -> LeftSecrets:
    """Return which of the secrets that deleted rules used are unused now.

    A secret counts as in use if it or the rules of its Region cannot be read.
    """
    orphans, unknown = [], []
    for answer in fan_out(targets=arns, call=lambda target: _unused(target, arns[target])):
        if answer.value is None:
            unknown.append(answer.target)
        orphans += [Orphan(target=answer.target, name=name) for name in answer.value or ()]
    return LeftSecrets(orphans=sorted(orphans), unknown=sorted(unknown))


def _unused(target: Target, arns: Iterable[str]) -> set[str]:
    """Return the names of those secrets that exist and that no rule uses."""
    left = rules.list_rules(target=target)
    found = (secrets.find_secret(target=target, secret_id=arn) for arn in arns)
    return {
        secret.name
        for secret in found
        if secret and not secret.deleted_at and not secrets.users_of(secret, left)
    }
