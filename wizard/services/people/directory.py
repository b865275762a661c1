"""The people of the console and their grants. At least one administrator always remains.

Every change is audited in the transaction that makes it. Django's groups follow the grants and
only control what Django's admin shows.
"""

from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Q, QuerySet

from wizard.domain import EVERYWHERE, Grants, Place, Role
from wizard.domain.errors import LastAdministrator, PersonNotFound
from wizard.models import AuditOutcome, ExternalIdentity, Grant
from wizard.services.access import forget_grants, lapsed_identities
from wizard.services.audit import record_event
from wizard.services.people import live_sessions

# The permissions of each role in Django's admin, by codename. All of them are read-only.
_PERMISSIONS: Final = {
    Role.VIEWER: (),
    Role.OPERATOR: (),
    Role.ADMINISTRATOR: ("view_user", "view_group", "view_lastknownrule", "view_auditevent"),
}


def list_people() -> list[User]:
    """Return all people by name, with their grants."""
    return list(User.objects.prefetch_related("grants", "live_sessions").order_by("username"))


def get_person(*, user_id: int) -> User:
    """Return a person; raises PersonNotFound."""
    person = User.objects.filter(pk=user_id).first()
    if person is None:
        raise PersonNotFound(str(user_id))
    return person


def external_identity(user: User) -> ExternalIdentity | None:
    """Return the person's identity at the single sign-on provider, or None."""
    return ExternalIdentity.objects.filter(user=user).first()


def grants_follow_provider(user: User) -> bool:
    """Whether the provider's groups decide; then a change here lasts until the next sign-in."""
    return bool(settings.OIDC_GRANTS) and external_identity(user) is not None


def grants_of(user: User) -> Grants:
    """Return the person's grants; a superuser is an administrator everywhere."""
    found = {
        Place(account_id=grant.account_id, region=grant.region): Role(grant.role)
        for grant in user.grants.all()
    }
    return found | ({EVERYWHERE: Role.ADMINISTRATOR} if user.is_superuser else {})


@transaction.atomic
def add_person(*, username: str, grants: Grants, email: str = "") -> User:
    """Add a person without a password, who then signs in by one-time link or single sign-on."""
    user = User(username=username, email=email)
    user.set_unusable_password()  # guard: Z6
    user.save(force_insert=True)
    _note("AddPerson", user)
    if grants:
        set_grants(user=user, grants=grants)
    return user


@transaction.atomic
def give_grant(*, user: User, place: Place, role: Role) -> None:
    """Set the role at a place, replacing the one held there. Raises LastAdministrator."""
    set_grants(user=user, grants=grants_of(user) | {place: role})


@transaction.atomic
def take_grant(*, user: User, place: Place) -> None:
    """Remove the grant at a place. Raises LastAdministrator."""
    left = {at: role for at, role in grants_of(user).items() if at != place}
    set_grants(user=user, grants=left)


@transaction.atomic
def set_grants(*, user: User, grants: Grants, keeps_administrator: bool = True) -> bool:
    """Replace all grants of a person; return False when nothing changes.

    A person without any grant left is signed out everywhere. Raises LastAdministrator, unless
    `keeps_administrator` is off because the single sign-on provider decides.
    """
    before = grants_of(user)
    if before == grants:
        return False
    if keeps_administrator:
        _check_administrator_left(user, grants)
    user.grants.all().delete()
    Grant.objects.bulk_create(
        Grant(user=user, role=role, account_id=place.account_id, region=place.region)
        for place, role in grants.items()
    )
    _after_change(user, grants)
    _note("ChangeGrants", user, before=_facts(before), after=_facts(grants))
    return True


@transaction.atomic
def set_active(*, user: User, is_active: bool) -> None:
    """Switch a person on or off. Raises LastAdministrator."""
    if user.is_active == is_active:
        return
    if not is_active:
        _check_administrator_left(user, {})
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    _note("EnablePerson" if is_active else "DisablePerson", user)
    if not is_active:  # guard: Z8
        live_sessions.end_sessions(user=user)


def set_password(*, user: User, password: str, but: str = "") -> None:
    """Set a person's password and end all their sessions except `but`."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        _note("ChangePassword", user)
        live_sessions.end_sessions(user=user, but=but)


def is_password_set() -> bool:
    """Whether anybody can sign in with a password."""
    unusable = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return User.objects.filter(~unusable, is_active=True).exists()


def administrators() -> "QuerySet[User]":
    """Return the administrators who can sign in."""
    has_grant = Q(grants__role=Role.ADMINISTRATOR.value)
    found = User.objects.filter(has_grant | Q(is_superuser=True), is_active=True).distinct()
    return found.exclude(external_identity__in=lapsed_identities())


def keep_groups() -> None:
    """Create Django's groups with their permissions, and make people members by their grants."""
    for role in Role:
        group, _ = Group.objects.get_or_create(name=role.value)
        group.permissions.set(Permission.objects.filter(codename__in=_PERMISSIONS[role]))
    for user in User.objects.prefetch_related("grants", "groups"):
        _keep_group(user, grants_of(user).values())


def _keep_group(user: User, roles: Iterable[Role]) -> None:
    names = {role.value for role in roles}
    if names != {group.name for group in user.groups.all()}:
        user.groups.set(Group.objects.filter(name__in=names))


def _after_change(user: User, grants: Grants) -> None:
    if user.is_superuser and grants.get(EVERYWHERE) is not Role.ADMINISTRATOR:
        user.is_superuser = user.is_staff = False
        user.save(update_fields=["is_superuser", "is_staff"])
    _keep_group(user, grants.values())
    forget_grants(user)
    if not grants:  # guard: Z8
        live_sessions.end_sessions(user=user)


def _check_administrator_left(user: User, grants: Grants) -> None:
    is_one = administrators().filter(pk=user.pk).exists()
    if not is_one or grants.get(EVERYWHERE) is Role.ADMINISTRATOR:
        return
    # Locks all administrators, so that two of them cannot be removed concurrently, each because
    # the other one remains.
    everybody = User.objects.select_for_update(no_key=True).filter(
        pk__in=administrators().values("pk")
    )
    list(everybody.order_by("pk"))
    if not administrators().exclude(pk=user.pk).exists():
        raise LastAdministrator(user.get_username())


def _facts(grants: Grants) -> dict[str, Any]:
    return {
        "grants": [
            {"role": role.value, "account_id": place.account_id, "region": place.region}
            for place, role in sorted(grants.items())
        ]
    }


def _note(
    action: str, user: User, *, before: dict[str, Any] | None = None, after: Any = None
) -> None:
    record_event(
        action,
        subject=user.get_username(),
        outcome=AuditOutcome.SUCCEEDED,
        before=before,
        after=after,
    )
