"""Which secrets a rotation can change: those of all rules with the same upstream, over Regions.

The console never reads the value of a secret, so it does not know their users. A person says which
of the secrets belong to the user whose token is new.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.contrib.auth.models import User

from wizard.backend import secretsmanager
from wizard.domain import Role, Rule, Secret, SecretArn, Target, replica_arn
from wizard.domain.errors import AwsError, InvalidIdentifier
from wizard.models import UsedBy
from wizard.services import access
from wizard.services.fanout import fan_out
from wizard.services.places import list_regions
from wizard.services.rules import read_everywhere
from wizard.services.secrets import find_secret


class LeftOut(StrEnum):
    """Why a secret cannot be changed."""

    PENDING_DELETION = "pending-deletion"
    MANAGED = "managed"
    NO_ROLE = "no-role"
    UNREAD = "unread"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A secret that a rotation may change, at its primary, and the rules that use it or a replica.

    `others` are further upstreams whose rules use it. `left_out` is why it cannot be changed.
    `is_suggested`: only rules of this upstream use it, or the person asked for it, which is
    `is_asked`.
    """

    target: Target
    secret: Secret
    rules: tuple[UsedBy, ...]
    others: tuple[str, ...]
    is_suggested: bool
    is_asked: bool
    left_out: LeftOut | None

    @property
    def key(self) -> str:
        """Region and short name, as in forms and addresses."""
        return f"{self.target.region}/{self.secret.short_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """An upstream registry, and how many secrets, rules and Regions it has."""

    host: str
    secrets: int
    rules: int
    regions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The rules and secrets of an account, as far as they could be read."""

    rules: Mapping[Target, list[Rule]]
    secrets: Mapping[Target, list[Secret]]
    unread: Mapping[Target, AwsError]


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationPlan:
    """The secrets of one upstream: those that can be changed, and those that cannot."""

    upstream: str
    candidates: list[Candidate] = field(default_factory=list)
    unread: list[tuple[Target, AwsError]] = field(default_factory=list)

    @property
    def possible(self) -> list[Candidate]:
        return [each for each in self.candidates if each.left_out is None]

    @property
    def left_out(self) -> list[Candidate]:
        return [each for each in self.candidates if each.left_out is not None]


def read_inventory(
    targets: Collection[Target], *, deadline_seconds: float | None = None
) -> Inventory:
    """Read the rules and secrets of these Regions at once.

    ListSecrets can be five minutes behind, so secrets of rules that it lacks are looked up.
    """
    listing = fan_out(
        targets=targets, call=secretsmanager.list_secrets, deadline_seconds=deadline_seconds
    )
    rules: dict[Target, list[Rule]] = {}
    secrets: dict[Target, list[Secret]] = {}
    unread: dict[Target, AwsError] = {}
    for of_rules in read_everywhere(targets=targets, deadline_seconds=deadline_seconds):
        if of_rules.value is not None:
            rules[of_rules.target] = of_rules.value
        elif of_rules.error is not None:
            unread[of_rules.target] = of_rules.error
    for of_secrets in listing:
        if of_secrets.value is not None:
            secrets[of_secrets.target] = of_secrets.value
        elif of_secrets.error is not None:
            unread[of_secrets.target] = of_secrets.error
    missing = {
        target: arns
        for target, listed in secrets.items()
        if (arns := _unlisted(rules.get(target, []), listed))
    }
    for looked in fan_out(targets=missing, call=lambda target: _look_up(target, missing[target])):
        secrets[looked.target] = [*secrets[looked.target], *(looked.value or [])]
    return Inventory(rules=rules, secrets=secrets, unread=unread)


def upstreams_of(inventory: Inventory) -> list[Upstream]:
    """Return the upstreams whose rules use secrets, the one with most secrets first."""
    groups = _groups(inventory)
    hosts = {host for group in groups.values() for host in group.hosts}
    every = [
        _upstream(host, [each for each in groups.values() if host in each.hosts]) for host in hosts
    ]
    return sorted(every, key=lambda each: (-each.secrets, each.host))


def upstream_of_secret(inventory: Inventory, key: str) -> str:
    """Return the upstream of most rules that use the secret with this key; empty without a rule."""
    for place, group in _groups(inventory).items():
        if key in group.keys(place):
            hosts = [host for host, _rule in group.users]
            return max(sorted(set(hosts)), key=hosts.count, default="")
    return ""


def plan_of(
    inventory: Inventory, *, upstream: str, also: Collection[str] = (), actor: User
) -> RotationPlan:
    """Return the secrets of this upstream's rules.

    Secrets without a rule are included if they have the name of one with a rule, or a key in
    `also`.
    """
    groups = _groups(inventory)
    asked = {place for place, group in groups.items() if not group.keys(place).isdisjoint(also)}
    used = {place: group for place, group in groups.items() if upstream in group.hosts}
    names = {place.name for place in used}
    for place, group in groups.items():
        is_namesake = not group.users and place.name in names
        if is_namesake or place in asked:
            used[place] = group
    candidates = [
        Candidate(
            target=place.target,
            secret=group.secret,
            rules=tuple(sorted({rule for _host, rule in group.users})),
            others=tuple(sorted(group.hosts - {upstream})),
            is_suggested=group.hosts == {upstream} or place in asked,
            is_asked=place in asked,
            left_out=_left_out(place, group, inventory, actor),
        )
        for place, group in used.items()
    ]
    return RotationPlan(
        upstream=upstream,
        candidates=sorted(candidates, key=lambda each: (each.target.region, each.secret.name)),
        unread=sorted(inventory.unread.items(), key=lambda each: each[0].region),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the primary of a secret is, and its name."""

    target: Target
    name: str


@dataclass(slots=True, kw_only=True)
class _Group:
    """A secret with its replicas, and the rules that use any of them, each with its upstream."""

    secret: Secret
    regions: set[str] = field(default_factory=set)
    users: list[tuple[str, UsedBy]] = field(default_factory=list)
    is_unread: bool = False

    @property
    def hosts(self) -> set[str]:
        return {host for host, _rule in self.users}

    def keys(self, place: _Place) -> set[str]:
        """The keys of the secret and of its replicas."""
        return {
            f"{region}/{self.secret.short_name}" for region in {place.target.region, *self.regions}
        }


def _groups(inventory: Inventory) -> dict[_Place, _Group]:
    groups: dict[_Place, _Group] = {}
    for target, listed in inventory.secrets.items():
        for secret in listed:
            place = _place_of(target, secret)
            group = groups.setdefault(place, _Group(secret=_at_primary(secret)))
            group.regions.add(target.region)
            if not secret.primary_region:
                group.secret = secret
    for target, rules in inventory.rules.items():
        for rule in rules:
            if rule.credential_arn:
                used = UsedBy(
                    region=target.region, ecr_repository_prefix=rule.ecr_repository_prefix
                )
                _group_of(rule, target, inventory, groups).users.append((rule.upstream_host, used))
    return groups


def _group_of(
    rule: Rule, target: Target, inventory: Inventory, groups: dict[_Place, _Group]
) -> _Group:
    """The group of a rule's secret; one of its own if the secret is not listed."""
    listed = inventory.secrets.get(target)
    for secret in listed or ():
        if secret.is_meant_by(rule.credential_arn):
            return groups[_place_of(target, secret)]
    arn = rule.credential_arn or ""
    name = _name_in(arn)
    secret = Secret(arn=arn, name=name, exists=listed is None)
    group = _Group(secret=secret, regions={target.region}, is_unread=listed is None)
    return groups.setdefault(_Place(target=target, name=name), group)


def _name_in(arn: str) -> str:
    """Return the name in a secret's ARN; the ARN itself if AWS told something unexpected."""
    try:
        return SecretArn.parse(arn).possible_names[-1]
    except InvalidIdentifier:
        return arn


def _place_of(target: Target, secret: Secret) -> _Place:
    region = secret.primary_region or target.region
    return _Place(target=replace(target, region=region), name=secret.name)


def _at_primary(secret: Secret) -> Secret:
    """Return the primary of a replica, as far as the replica tells."""
    if not secret.primary_region:
        return secret
    return replace(secret, arn=replica_arn(secret.arn, secret.primary_region), primary_region="")


def _left_out(place: _Place, group: _Group, inventory: Inventory, actor: User) -> LeftOut | None:
    secret = group.secret
    if not secret.exists:
        return LeftOut.MISSING
    is_known = place.target.region in {region.code for region in list_regions()}
    if group.is_unread or place.target in inventory.unread or not is_known:
        return LeftOut.UNREAD
    if secret.deleted_at is not None:
        return LeftOut.PENDING_DELETION
    if secret.owning_service:
        return LeftOut.MANAGED
    for region in {place.target.region, *group.regions}:
        there = replace(place.target, region=region)
        if not access.may(user=actor, role=Role.OPERATOR, target=there):
            return LeftOut.NO_ROLE
    return None


def _upstream(host: str, groups: Iterable[_Group]) -> Upstream:
    found = list(groups)
    users = [rule for group in found for name, rule in group.users if name == host]
    regions = {rule.region for rule in users}
    return Upstream(host=host, secrets=len(found), rules=len(users), regions=len(regions))


def _unlisted(rules: Iterable[Rule], listed: Collection[Secret]) -> list[str]:
    arns = {rule.credential_arn for rule in rules if rule.credential_arn}
    return sorted(arn for arn in arns if not any(each.is_meant_by(arn) for each in listed))


def _look_up(target: Target, arns: Iterable[str]) -> list[Secret]:
    found = [find_secret(target=target, secret_id=arn) for arn in arns]
    return [secret for secret in found if secret is not None]
