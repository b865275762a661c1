"""Adding an account: its external ID first, then its row, once its role has been tested.

Nothing is stored of an account whose role fails the test, except its external ID, which the role's
trust policy needs before. Each change is audited in the transaction that makes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from wizard.domain import Target
from wizard.domain.accounts import AccountRole, check_role_arn
from wizard.domain.errors import AccountExists, AwsError, error_record
from wizard.models import Account, AuditOutcome, ExternalId
from wizard.services.access import check_administrator
from wizard.services.accounts.checking import check_role
from wizard.services.accounts.directory import (
    check_is_new,
    check_is_unbound,
    external_id_of,
    note_change,
)
from wizard.services.audit import record_event


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account that a person adds. Without Regions, it has those of the setting."""

    account_id: str
    role_arn: str
    alias: str = ""
    owner: str = ""
    regions: tuple[str, ...] = ()


def prepare_account(account_id: str, *, actor: User) -> str:
    """Return the external ID for an account that is not added yet; makes it if there is none.

    Raises AccountExists, AccountIsOwn, and an AwsError if the console's own account is not known.
    """
    check_administrator(user=actor, what="prepare account")
    check_is_new(account_id)
    return prepare_external_id(account_id)


@transaction.atomic
def prepare_external_id(account_id: str) -> str:
    """Return the account's external ID, and audit that it was made if there was none."""
    is_new = not ExternalId.objects.filter(pk=account_id).exists()
    value = external_id_of(account_id)
    if is_new:
        note("CreateExternalId", account_id)
    return value


def add_account(new: NewAccount, *, actor: User) -> Account:
    """Test the role, then add the account.

    Raises InvalidIdentifier for the ARN of another account or thing, AccountExists, AccountIsOwn,
    and the AwsError of the test. Then nothing is added.
    """
    check_administrator(user=actor, what="add account")
    check_role_arn(new.role_arn, account_id=new.account_id)
    check_is_new(new.account_id)
    check_is_unbound(new.role_arn, new.account_id)
    role = AccountRole(
        account_id=new.account_id,
        role_arn=new.role_arn,
        external_id=external_id_of(new.account_id),
    )
    tested("AddAccount", role)
    return insert_account(new, actor=actor)


def insert_account(new: NewAccount, *, actor: User) -> Account:
    """Add an account whose role has just been tested. Raises AccountExists."""
    check_is_unbound(new.role_arn, new.account_id)
    row = Account(
        account_id=new.account_id,
        role_arn=new.role_arn,
        alias=new.alias,
        owner=new.owner,
        regions=sorted(new.regions),
        added_by=actor,
        tested_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            note("AddAccount", row.account_id, after=facts(row))
            note_change(row.account_id)
    except IntegrityError:
        # Another request has added the account or the role since.
        raise AccountExists(new.account_id) from None
    return row


def tested(action: str, role: AccountRole) -> None:
    """Test the role; a failure is audited as one of the action, and raised."""
    try:
        check_role(role)
    except AwsError as error:
        note_failed_test(action, role.account_id, role.role_arn, error)
        raise


def note_failed_test(action: str, account_id: str, role_arn: str, error: AwsError) -> None:
    """Audit that an action failed because the test of the role did."""
    found = error_record(error)
    reason = {name: found[name] for name in ("kind", "code", "request_id") if found[name]}
    after = {"role_arn": role_arn, "error": reason}
    note(action, account_id, outcome=AuditOutcome.FAILED, after=after)


def facts(row: Account) -> dict[str, Any]:
    """Return what the audit trail has of an account; its external ID is not part of it."""
    return {
        "alias": row.alias,
        "owner": row.owner,
        "role_arn": row.role_arn,
        "regions": list(row.regions),
        "is_enabled": row.is_enabled,
    }


def note(
    action: str,
    account_id: str,
    *,
    outcome: AuditOutcome = AuditOutcome.SUCCEEDED,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    record_event(
        action,
        subject=account_id,
        outcome=outcome,
        target=Target(account_id=account_id, region=""),
        before=before,
        after=after,
    )
