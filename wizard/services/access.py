"""What a person may do where. Grants are read at each request, so a removal is immediate.

Grants from groups of a single sign-on provider expire some time after the last sign-in there,
because the provider does not report whom it has removed.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import reduce
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from wizard.domain import Region, Role, Target
from wizard.domain.errors import NotPermitted
from wizard.models import ExternalIdentity, Grant

# Attributes of a request's user: the valid grants, and the rows that were read with the user.
_VALID: Final = "_console_grants"
_ROWS: Final = "_console_grant_rows"


def _role_at(*, user: User, target: Target) -> Role | None:
    """Return the person's highest role at an account and Region, or None."""
    return _highest(grant.role for grant in _grants(user) if _covers(grant, target))


def may(*, user: User, role: Role, target: Target) -> bool:
    """Whether the person has the role there, or one that includes it."""
    held = _role_at(user=user, target=target)
    return held is not None and held.includes(role)


def check_access(*, user: User, role: Role, target: Target) -> None:
    """Raise NotPermitted for a person without the role there."""
    if not may(user=user, role=role, target=target):
        raise NotPermitted(role, f"{target.account_id}/{target.region}")


def may_somewhere(*, user: User, role: Role, account_id: str = "") -> bool:
    """Whether the person has the role in any Region of the account, or of any account."""
    return any(
        Role(grant.role).includes(role)
        for grant in _grants(user)
        if not account_id or grant.account_id in ("", account_id)
    )


def check_somewhere(*, user: User, role: Role, account_id: str = "") -> None:
    """Raise NotPermitted for a person without the role in any Region of the account."""
    if not may_somewhere(user=user, role=role, account_id=account_id):
        raise NotPermitted(role, account_id or "any account")


def check_regions(*, user: User, role: Role, account_id: str, codes: Iterable[str]) -> None:
    """Raise NotPermitted unless the person has the role in each of the Regions."""
    for code in codes:
        target = Target(account_id=account_id, region=code)
        check_access(user=user, role=role, target=target)


def regions_of(
    *, user: User, role: Role, account_id: str, regions: Iterable[Region]
) -> list[Region]:
    """Return those of the Regions in which the person has the role in the account."""
    # A higher role includes the lower ones, so any grant of such a role will do.
    codes = {
        grant.region
        for grant in _grants(user)
        if grant.account_id in ("", account_id) and Role(grant.role).includes(role)
    }
    return [region for region in regions if "" in codes or region.code in codes]


def first_place(*, user: User, account_id: str, regions: Iterable[Region]) -> Target | None:
    """Return the first Region of the account that the person may look at, or None."""
    found = regions_of(user=user, role=Role.VIEWER, account_id=account_id, regions=regions)
    return Target(account_id=account_id, region=found[0].code) if found else None


def visible_places(*, user: User, role: Role = Role.VIEWER) -> Q:
    """Return the condition on `account_id` and `region` of rows that the person may look at.

    With another role, of rows where the person has it.
    """
    accounts: set[str] = set()
    accounts_of_region: dict[str, set[str]] = {}
    for grant in _grants(user):
        if not Role(grant.role).includes(role):
            continue
        if grant.account_id and grant.region:
            accounts_of_region.setdefault(grant.region, set()).add(grant.account_id)
        elif grant.account_id:
            accounts.add(grant.account_id)
        else:
            return Q()
    nothing = Q(account_id__in=[])
    allowed = nothing | Q(account_id__in=accounts)
    for region, within in accounts_of_region.items():
        allowed |= Q(region=region, account_id__in=within)
    return allowed


def visible_accounts(*, user: User) -> Q:
    """Return the condition on `account_id` of accounts that the person may look into."""
    accounts = accounts_with(user=user, role=Role.VIEWER)
    return Q() if "" in accounts else Q(account_id__in=accounts)


def accounts_with(*, user: User, role: Role) -> set[str]:
    """Return the accounts with a Region in which the person has the role; "" stands for all."""
    return {grant.account_id for grant in _grants(user) if Role(grant.role).includes(role)}


def is_administrator(*, user: User) -> bool:
    """Whether the person is an administrator."""
    return _highest(grant.role for grant in _grants(user)) is Role.ADMINISTRATOR


def check_administrator(*, user: User, what: str) -> None:
    """Raise NotPermitted for a person who is not an administrator; `what` they asked for."""
    if not is_administrator(user=user):
        raise NotPermitted(Role.ADMINISTRATOR, what)


def lapsed_identities() -> "QuerySet[ExternalIdentity]":
    """Return the identities whose last sign-in at the provider is too long ago for grants."""
    if not settings.OIDC_GRANTS:
        return ExternalIdentity.objects.none()
    oldest = timezone.now() - timedelta(hours=settings.OIDC_GRANTS_HOURS)
    return ExternalIdentity.objects.filter(signed_in_at__lte=oldest)


def user_with_grants(user_id: int) -> User | None:
    """Return the user with this ID; one query reads what the request needs of the user.

    This is the grants, the time zone and the language.
    """
    with_user = Grant.objects.select_related(
        "user__time_zone_preference", "user__language_preference"
    )
    grants = list(with_user.filter(user_id=user_id))
    if not grants:
        users = User.objects.select_related("time_zone_preference", "language_preference")
        return users.filter(pk=user_id).first()
    user = grants[0].user
    setattr(user, _ROWS, grants)
    return user


def forget_grants(user: User) -> None:
    """Clear the cached grants of this user object."""
    for name in (_VALID, _ROWS):
        vars(user).pop(name, None)


def _grants(user: User) -> list[Grant]:
    """Return the person's grants, cached on the user object of the request."""
    if not user.is_active:
        return []
    known: list[Grant] | None = getattr(user, _VALID, None)
    if known is None:
        known = _read_grants(user)
        setattr(user, _VALID, known)
    return known


def _read_grants(user: User) -> list[Grant]:
    """Read the valid grants; a superuser is an administrator."""
    if lapsed_identities().filter(user_id=user.pk).exists():
        return []
    if user.is_superuser:
        return [Grant(user=user, role=Role.ADMINISTRATOR)]
    rows: list[Grant] | None = getattr(user, _ROWS, None)
    return list(Grant.objects.filter(user_id=user.pk)) if rows is None else rows


def _covers(grant: Grant, target: Target) -> bool:
    return grant.account_id in ("", target.account_id) and grant.region in ("", target.region)


def _highest(roles: Iterable[str]) -> Role | None:
    def higher(one: Role | None, other: str) -> Role:
        role = Role(other)
        return role if one is None or role.includes(one) else one

    return reduce(higher, roles, None)
