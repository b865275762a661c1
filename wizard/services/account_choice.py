"""The accounts between which a person switches: those that can be called, and that they may see."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import QuerySet

from wizard.domain import Role
from wizard.models import Account
from wizard.services import access, places


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChoice:
    """An account that can be opened; alias and owner are empty for one without a row."""

    account_id: str
    alias: str = ""
    owner: str = ""


def list_choices(*, user: User) -> list[AccountChoice]:
    """Return the accounts that the person may open, by alias and ID."""
    found = [AccountChoice(**row) for row in _usable(user).values("account_id", "alias", "owner")]
    own = places.known_account()
    is_listed = any(each.account_id == own for each in found)
    if own and not is_listed and _may_see(user, own):
        row = Account.objects.filter(pk=own).values("account_id", "alias", "owner").first()
        found.append(AccountChoice(**(row or {"account_id": own})))
    return sorted(found, key=lambda each: (each.alias.lower() or "~", each.account_id))


def first_others(*, user: User) -> Iterator[str]:
    """Yield the accounts that the person may open besides that of the console's credentials."""
    yield from _usable(user).order_by("alias", "account_id").values_list("pk", flat=True)[:10]


def _usable(user: User) -> "QuerySet[Account]":
    enabled = Account.objects.filter(access.visible_accounts(user=user), is_enabled=True)
    return enabled.exclude(role_arn="")


def _may_see(user: User, account_id: str) -> bool:
    return access.may_somewhere(user=user, role=Role.VIEWER, account_id=account_id)
