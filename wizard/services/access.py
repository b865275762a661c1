"""What a person may do where. Read from the database at each request: a grant taken is gone.

The grants of somebody whose groups at the single sign-on provider decide hold for a limited time
after each sign-in there: nobody tells the console whom the provider has let go.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import reduce

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from wizard.domain.errors import NotPermitted
from wizard.domain.grants import Role
from wizard.domain.regions import Region, Target
from wizard.models import ExternalIdentity, Grant


def role_at(*, user: User, target: Target) -> Role | None:
    """The person's highest role at an account and Region; None without any."""
    return _highest(grant.role for grant in _grants(user) if _covers(grant, target))


def may(*, user: User, role: Role, target: Target) -> bool:
    """Whether the person has that role there, or one that includes it."""
    held = role_at(user=user, target=target)
    return held is not None and held.includes(role)


def check_access(*, user: User, role: Role, target: Target) -> None:
    """Raises NotPermitted for a person without that role there."""
    if not may(user=user, role=role, target=target):
        raise NotPermitted(role, f"{target.account_id}/{target.region}")


def may_somewhere(*, user: User, role: Role, account_id: str = "") -> bool:
    """Whether the person has that role in some Region of the account; without one, anywhere."""
    return any(
        Role(grant.role).includes(role)
        for grant in _grants(user)
        if not account_id or grant.account_id in ("", account_id)
    )


def check_somewhere(*, user: User, role: Role, account_id: str = "") -> None:
    """Raises NotPermitted for a person without that role in any Region of the account."""
    if not may_somewhere(user=user, role=role, account_id=account_id):
        raise NotPermitted(role, account_id or "any account")


def check_regions(*, user: User, role: Role, account_id: str, codes: Iterable[str]) -> None:
    """Every Region that a request names must be the person's; raises NotPermitted at the first."""
    for code in codes:
        target = Target(account_id=account_id, region=code)
        check_access(user=user, role=role, target=target)


def regions_of(
    *, user: User, role: Role, account_id: str, regions: Iterable[Region]
) -> list[Region]:
    """Those of the Regions where the person has that role in the account."""
    return [
        region
        for region in regions
        if may(user=user, role=role, target=Target(account_id=account_id, region=region.code))
    ]


def first_place(*, user: User, account_id: str, regions: Iterable[Region]) -> Target | None:
    """A place in the account that the person may look at; None without any."""
    found = regions_of(user=user, role=Role.VIEWER, account_id=account_id, regions=regions)
    return Target(account_id=account_id, region=found[0].code) if found else None


def is_administrator(*, user: User) -> bool:
    """Whether the person administers the console: its people, grants and audit trail."""
    return _highest(grant.role for grant in _grants(user)) is Role.ADMINISTRATOR


def lapsed_identities() -> "QuerySet[ExternalIdentity]":
    """Those who have not come from their provider for so long that their grants do not hold."""
    if not settings.OIDC_GRANTS:
        return ExternalIdentity.objects.none()
    oldest = timezone.now() - timedelta(hours=settings.OIDC_GRANTS_HOURS)
    return ExternalIdentity.objects.filter(signed_in_at__lte=oldest)


def forget_grants(user: User) -> None:
    """Read the person's grants anew the next time they are asked for."""
    if hasattr(user, "_console_grants"):
        del user._console_grants


def _grants(user: User) -> list[Grant]:
    """The person's grants, read once per request."""
    if not user.is_active:
        return []
    known: list[Grant] | None = getattr(user, "_console_grants", None)
    if known is None:
        known = _read_grants(user)
        setattr(user, "_console_grants", known)  # noqa: B010 - no member of Django's User
    return known


def _read_grants(user: User) -> list[Grant]:
    """The grants that hold; a superuser's is everything."""
    if lapsed_identities().filter(user_id=user.pk).exists():
        return []
    if user.is_superuser:
        return [Grant(user=user, role=Role.ADMINISTRATOR)]
    return list(Grant.objects.filter(user_id=user.pk))


def _covers(grant: Grant, target: Target) -> bool:
    return grant.account_id in ("", target.account_id) and grant.region in ("", target.region)


def _highest(roles: Iterable[str]) -> Role | None:
    def higher(one: Role | None, other: str) -> Role:
        role = Role(other)
        return role if one is None or role.includes(one) else one

    return reduce(higher, roles, None)
