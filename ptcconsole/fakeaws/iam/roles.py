"""Roles as other services see them, which is later while they lag; policies of roles and users."""

import copy
import re
from collections.abc import Iterator

from moto.iam.exceptions import NotFoundException
from moto.iam.models import Group, IAMBackend, Role, User, iam_backends

from ptcconsole.fakeaws import policies
from ptcconsole.fakeaws.audience import AUDIENCE
from ptcconsole.fakeaws.lags import LAGS, LagKind

_ROLE_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>[0-9]{12}):role/\S+")
_LAG = LAGS[LagKind.ROLES]

# The roles before their latest change, by ARN; None for a new one. Only while roles lag.
_before: dict[str, Role | None] = {}


def note_change(arn: str, before: Role | None) -> None:
    """Let other services see the role as it was before, if roles lag."""
    earlier = None
    if before is not None:
        earlier = copy.copy(before)
        earlier.policies = dict(before.policies)
        earlier.managed_policies = dict(before.managed_policies)
    if not _LAG.begin(arn):
        _before.pop(arn, None)
    else:
        _before.setdefault(arn, earlier)


def role_as_seen(arn: str) -> Role | None:
    """Return the role with this ARN as other services see it, or None; counts the read."""
    if arn in _before and AUDIENCE.is_concerned():
        if _LAG.hides(arn):
            return _before[arn]
        _before.pop(arn, None)
    named = _ROLE_ARN.fullmatch(arn)
    if named is None:
        return None
    backend: IAMBackend = iam_backends[named["account"]][named["partition"]]
    try:
        return backend.get_role_by_arn(arn)
    except NotFoundException:
        return None


def is_permitted(role: Role, action: str, resource: str) -> bool:
    """Whether the policies of the role allow the action on the resource."""
    return policies.permits(documents_of(role), action, resource)


def documents_of(role: Role) -> list[str]:
    """Return the identity-based policies of the role, inline and managed."""
    managed = [
        version.document
        for policy in role.managed_policies.values()
        for version in policy.versions
        if version.is_default
    ]
    return [*role.policies.values(), *managed]


def boundary_of(role: Role) -> list[str] | None:
    """Return the permissions boundary of a role; None without one."""
    arn = role.permissions_boundary_arn
    if not arn:
        return None
    backend: IAMBackend = iam_backends[arn.split(":")[4]]["aws"]
    policy = backend.managed_policies.get(arn)
    versions = policy.versions if policy is not None else []
    return [each.document for each in versions if each.is_default]


def documents_of_user(backend: IAMBackend, user: User) -> Iterator[str]:
    """Yield the identity-based policies of the user and of its groups."""
    groups = [group for group in backend.groups.values() if user in group.users]
    owners: list[User | Group] = [user, *groups]
    for owner in owners:
        yield from owner.policies.values()
        for policy in owner.managed_policies.values():
            yield from (each.document for each in policy.versions if each.is_default)
