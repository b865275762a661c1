"""AWS Organizations: the accounts of the organization, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.backend.account_clients import organizations
from wizard.backend.calls import call
from wizard.backend.members import member, optional_text, text_member, wrong_type

_OPERATION = "ListAccounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationAccount:
    """An account of the organization; `status` is ACTIVE if it can be used."""

    account_id: str
    name: str
    status: str


def list_accounts(token: str = "") -> tuple[list[OrganizationAccount], str]:
    """Return a page of the accounts, and the token of the next page; empty on the last one.

    A page has up to 20 accounts, and can be empty although there are more. Raises
    OrganizationNotInUse, AccessDenied for an account that is no administrator of the organization,
    and AWS's other errors.
    """
    more: dict[str, Any] = {"NextToken": token} if token else {}
    answer: Any = call(organizations().list_accounts, **more)
    listed = member(answer, "Accounts", _OPERATION)
    if not isinstance(listed, list):
        raise wrong_type("Accounts", _OPERATION)
    return [_account(each) for each in listed], optional_text(answer, "NextToken") or ""


def _account(item: Mapping[str, Any]) -> OrganizationAccount:
    # AWS has replaced `Status` by `State`, and answers with either or both.
    status = optional_text(item, "State") or optional_text(item, "Status") or ""
    return OrganizationAccount(
        account_id=text_member(item, "Id", _OPERATION),
        name=optional_text(item, "Name") or "",
        status=status,
    )
