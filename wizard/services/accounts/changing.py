"""Changes of an account that is added: its details, its role, whether it is used, its removal.

Removing an account removes its row and what was read of it. What the console did in it stays in
operations and in the audit trail, and its external ID stays its own.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from wizard.backend import account as own_account
from wizard.domain.accounts import AccountRole, check_role_arn
from wizard.domain.errors import AccountIsOwn, AccountNotFound, AwsError, error_record
from wizard.models import Account, AuditOutcome
from wizard.services.access import check_administrator
from wizard.services.accounts import adding
from wizard.services.accounts.checking import check_role
from wizard.services.accounts.directory import (
    check_is_unbound,
    external_id_of,
    get_account,
    note_change,
    role_of,
)
from wizard.services.removed_accounts import forget_account


def edit_account(
    account_id: str, *, alias: str, owner: str, regions: list[str], actor: User
) -> Account:
    """Change alias, owner and Regions in use.

    The account of the console's own credentials has a row from then on. Raises AccountNotFound for
    another one without a row.
    """
    check_administrator(user=actor, what="edit account")
    with transaction.atomic():
        row = _locked(account_id, may_be_own=True)
        before = adding.facts(row)
        row.alias, row.owner, row.regions = alias, owner, sorted(regions)
        row.save()
        if adding.facts(row) != before:
            adding.note("EditAccount", account_id, before=before, after=adding.facts(row))
            note_change(account_id)
    return row


def set_enabled(account_id: str, *, is_enabled: bool, actor: User) -> Account:
    """Enable or disable an account. A disabled one is asked nothing, and offered nowhere.

    Raises AccountIsOwn for the account of the console's credentials.
    """
    check_administrator(user=actor, what="enable account" if is_enabled else "disable account")
    with transaction.atomic():
        row = _locked(account_id)
        if not row.role_arn:
            raise AccountIsOwn(account_id)
        if row.is_enabled != is_enabled:
            row.is_enabled = is_enabled
            row.save(update_fields=["is_enabled"])
            adding.note("EnableAccount" if is_enabled else "DisableAccount", account_id)
            note_change(account_id)
    return row


def remove_account(account_id: str, *, actor: User) -> Account:
    """Remove the row of an account, and return it. History and external ID stay."""
    check_administrator(user=actor, what="remove account")
    with transaction.atomic():
        row = _locked(account_id)
        before = adding.facts(row)
        Account.objects.filter(pk=account_id).delete()
        if row.role_arn:
            forget_account(account_id)
        adding.note("RemoveAccount", account_id, before=before)
        note_change(account_id)
    return row


def test_account(account_id: str, *, actor: User) -> AwsError | None:
    """Test the role of an account again; return why it failed, or None. The result is stored.

    A failure changes nothing else: an administrator decides whether to disable the account.
    """
    check_administrator(user=actor, what="test account")
    row = get_account(account_id)
    role, error = role_of(row), None
    try:
        if role is None:
            own_account.get_caller_account()
        else:
            check_role(role)
    except AwsError as failure:
        error = failure
    record = error_record(error) if error else None
    with transaction.atomic():
        # Not of a role that was changed meanwhile.
        rows = Account.objects.filter(pk=account_id, role_arn=row.role_arn)
        rows.update(tested_at=timezone.now(), error_record=record)
        outcome = AuditOutcome.FAILED if error else AuditOutcome.SUCCEEDED
        found = {"error": {"kind": record["kind"], "code": record["code"]}} if record else None
        adding.note("TestAccount", account_id, outcome=outcome, after=found)
    return error


def change_role(account_id: str, *, role_arn: str, actor: User) -> Account:
    """Bind another role to the account, once it has been tested. Raises as `add_account` does."""
    check_administrator(user=actor, what="change role")
    check_role_arn(role_arn, account_id=account_id)
    if not get_account(account_id).role_arn:
        raise AccountIsOwn(account_id)
    check_is_unbound(role_arn, account_id)
    external_id = external_id_of(account_id)
    role = AccountRole(account_id=account_id, role_arn=role_arn, external_id=external_id)
    adding.tested("ChangeAccountRole", role)
    with transaction.atomic():
        row = _locked(account_id)
        before = adding.facts(row)
        row.role_arn, row.tested_at, row.error_record = role_arn, timezone.now(), None
        row.save()
        adding.note("ChangeAccountRole", account_id, before=before, after=adding.facts(row))
    return row


def _locked(account_id: str, *, may_be_own: bool = False) -> Account:
    """Return the row, locked until the transaction ends. Raises AccountNotFound."""
    rows = Account.objects.select_for_update(no_key=True).filter(pk=account_id)
    row = rows.first()
    if row is None and may_be_own and account_id == own_account.get_caller_account():
        # Another request may make it at the same time.
        Account.objects.get_or_create(pk=account_id)
        row = rows.first()
    if row is None:
        raise AccountNotFound(account_id)
    return row
