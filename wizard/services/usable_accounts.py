"""Which accounts the console may call AWS in: that of its own credentials, and those with a role.

A request or a task asks once, at its beginning. Where an account has a row with a role, this module
tells the role to the backend, which reads no database.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from wizard.backend import account
from wizard.backend.account_roles import assumed_roles
from wizard.domain.accounts import AccountRole
from wizard.domain.errors import (
    AccountDisabled,
    AccountNotInUse,
    AwsError,
    CredentialsOfAnotherAccount,
    UnknownAccount,
)
from wizard.models import Account, ExternalId


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What is stored of an account with a role; the role is None if it cannot be assumed."""

    is_enabled: bool
    role: AccountRole | None


def check_account(account_id: str) -> None:
    """Raise UnknownAccount or AccountDisabled for an account that must not be called.

    Also raises an AwsError if that depends on whose the console's own credentials are, and AWS does
    not tell.
    """
    if _known_own() == account_id:
        # The credentials may have been replaced.
        _check_own(account_id)
        return
    found = _find(account_id)
    if found is None:
        assumed_roles.drop(account_id)
        _check_own(account_id)
        return
    if not found.is_enabled:  # guard: Z15
        assumed_roles.drop(account_id)
        raise AccountDisabled(account_id)
    if found.role is None:
        raise UnknownAccount(account_id)
    assumed_roles.use(found.role)


def refusal_of_work(account_id: str) -> AwsError | None:
    """Return why background work of an account must not call AWS; None if it may.

    A failure of AWS says nothing about it. The calls then fail with errors of their own.
    """
    try:
        check_account(account_id)
    except AccountDisabled:
        return AccountNotInUse(code="AccountDisabled")
    except UnknownAccount:
        if ExternalId.objects.filter(account_id=account_id).exists():
            return AccountNotInUse(code="AccountRemoved")
        return CredentialsOfAnotherAccount(code="OtherAccount")
    except AwsError:
        return None
    return None


def withdraw_unusable() -> None:
    """Take the roles of accounts that were disabled or removed from the work that is under way.

    Work asks whether it may call its account when it begins, and may take minutes or hours.
    """
    known = assumed_roles.account_ids
    if not known:
        return
    usable = Account.objects.filter(is_enabled=True).exclude(role_arn="").order_by()
    for account_id in set(known).difference(usable.values_list("pk", flat=True)):
        assumed_roles.withdraw(account_id)


def usable_of(account_ids: Iterable[str]) -> set[str]:
    """Return those of the accounts that the console may work in, as far as it knows, in one query.

    AWS is not called. Work asks again for its account when it begins.
    """
    wanted = set(account_ids)
    own = _known_own()
    columns = Account.objects.order_by().values_list("pk", "role_arn", "is_enabled")
    rows = {pk: bool(role_arn) and is_enabled for pk, role_arn, is_enabled in columns}
    # As long as this process does not know its own account, one without a row may be that.
    return {each for each in wanted if each == own or rows.get(each, not own)}


def _known_own() -> str:
    try:
        return account.known_account()
    except AwsError:  # a profile that cannot be used
        return ""


def _check_own(account_id: str) -> None:
    if account.get_caller_account() != account_id:
        raise UnknownAccount(account_id)


def _find(account_id: str) -> _Found | None:
    """Return what is stored of an account with a role, in one query."""
    external_ids = ExternalId.objects.filter(account_id=OuterRef("account_id"))
    rows = Account.objects.filter(account_id=account_id).exclude(role_arn="")
    row = (
        rows.annotate(external_id=Subquery(external_ids.values("value")))
        .values("role_arn", "external_id", "is_enabled")
        .first()
    )
    if row is None:
        return None
    role = None
    if row["external_id"]:
        role = AccountRole(
            account_id=account_id, role_arn=row["role_arn"], external_id=row["external_id"]
        )
    return _Found(is_enabled=row["is_enabled"], role=role)
